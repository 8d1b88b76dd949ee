// What all kernels share. Arrays, planes and their borders are those of varcolor/backend/kernels:
// pixel (row r, column c), counted from 1, of plane k lies at k * n + r * s + c, with s and n the
// lengths of a bordered row and plane. Pictures have two planes, one per channel.
//
// Kernels follow the CPU's signatures, with the grid's height and width in place of rows to work
// on. One thread treats one pixel; kernels that return sums or maxima run on a fixed number of
// threads, each of which writes its part to `parts` (sums, threads) in double precision.
#pragma once

typedef long long index_t;

#define KERNEL extern "C" __global__ void
#define COLUMN (int)(blockIdx.x * blockDim.x + threadIdx.x + 1)
#define ROW (int)(blockIdx.y * blockDim.y + threadIdx.y + 1)
#define THREAD ((index_t)blockIdx.x * blockDim.x + threadIdx.x)
#define THREADS ((index_t)gridDim.x * blockDim.x)

__device__ inline index_t row_of(int width) { return width + 2; }
__device__ inline index_t plane_of(int height, int width) { return (index_t)(height + 2) * (width + 2); }

// (A u) at pixel i of one channel, as a sum of differences.
__device__ inline float product_at(const float* w, const float* reaction, const float* u, index_t i,
                                   index_t s, index_t n) {
  const float *right = w, *lower_left = w + n, *below = w + 2 * n, *lower_right = w + 3 * n;
  const float v = u[i];
  float sum = reaction[i] * v;
  sum += right[i] * (v - u[i + 1]) + right[i - 1] * (v - u[i - 1]);
  sum += lower_left[i] * (v - u[i + s - 1]) + lower_left[i - s + 1] * (v - u[i - s + 1]);
  sum += below[i] * (v - u[i + s]) + below[i - s] * (v - u[i - s]);
  sum += lower_right[i] * (v - u[i + s + 1]) + lower_right[i - s - 1] * (v - u[i - s - 1]);
  return sum;
}

// The same for directed weights w (8 planes, neighbours in raster order).
__device__ inline float directed_at(const float* w, const float* reaction, const float* u,
                                    index_t i, index_t s, index_t n) {
  const index_t steps[8] = {-s - 1, -s, -s + 1, -1, 1, s - 1, s, s + 1};
  const float v = u[i];
  float sum = reaction[i] * v;
  for (int q = 0; q < 8; q++) sum += w[q * n + i] * (v - u[i + steps[q]]);
  return sum;
}

// The same for weights of either kind.
__device__ inline float any_at(const float* w, int directed, const float* reaction, const float* u,
                               index_t i, index_t s, index_t n) {
  return directed ? directed_at(w, reaction, u, i, s, n) : product_at(w, reaction, u, i, s, n);
}
