// The smoother: incomplete Cholesky without new entries, inside tiles that do not see each other.
//
// It is that of varcolor/backend/kernels/multigrid/ic_sweep.py with tiles in place of strips, in 32 bits;
// negative weights, which coarse grids may have, count as positive. What ties a pixel to another
// tile goes to its reaction, so that smoothing alone converges. A block treats a tile in shared
// memory, where every thread has a row and follows the one above at a distance: what it needs from
// there is ready.
#include "grid.cuh"

#define TILE 32
// What a dropped link gives to the reaction of both ends, per weight.
#define DROPPED 1.1f
// Rows in shared memory for threads that are so many columns apart: they meet no other's bank.
#define PITCH(lag) (TILE + 1 + (lag))

// The column that a thread (row y of the tile) is at: it follows the row above `lag` columns behind.
// Rows and columns count from 1; columns outside of the tile mean that it waits.
__device__ inline int column_at(int step, int y, int lag) { return step - lag * (y - 1) + 1; }
__device__ inline int steps_of(int lag) { return TILE + lag * (TILE - 1); }

// inverse, non-zero at free pixels, becomes the inverse pivots; v (as w) the weights at the time
// of elimination. Blocks of 32 x 2 threads.
KERNEL factor(const float* w, const float* reaction, float* inverse, float* v, int height,
              int width) {
  __shared__ float q[4][TILE + 2][PITCH(3)];
  __shared__ float extra[TILE + 2][PITCH(3)], pivot[TILE + 2][PITCH(3)];
  const index_t s = row_of(width), n = plane_of(height, width);
  const index_t steps[4] = {1, s - 1, s, s + 1};
  for (int y = threadIdx.y; y < TILE + 2; y += 2)
    for (int x = threadIdx.x; x < TILE + 2; x += TILE) {
      const int r = blockIdx.y * TILE + y, c = blockIdx.x * TILE + x;
      const bool inside = y >= 1 && y <= TILE && x >= 1 && x <= TILE && r <= height && c <= width;
      pivot[y][x] = inside && inverse[r * s + c] != 0 ? 1.0f : 0.0f;
      extra[y][x] = 0;
      for (int k = 0; k < 4; k++) q[k][y][x] = 0;
    }
  __syncthreads();
  for (int y = threadIdx.y + 1; y <= TILE; y += 2) {
    const int x = threadIdx.x + 1;
    if (pivot[y][x] == 0) continue;
    const index_t i = (blockIdx.y * TILE + y) * s + blockIdx.x * TILE + x;
    float e = fabsf(reaction[i]);
    for (int k = 0; k < 4; k++) {
      const int dr = k ? 1 : 0, dc = k ? k - 2 : 1;
      const float out = fabsf(w[k * n + i]), back = fabsf(w[k * n + i - steps[k]]);
      if (pivot[y + dr][x + dc] != 0)
        q[k][y][x] = out;
      else
        e += out;
      if (pivot[y - dr][x - dc] == 0) e += back;
    }
    extra[y][x] = e;
  }
  __syncthreads();
  for (int step = 0; step < steps_of(3); step++) {
    const int y = threadIdx.x + 1, x = column_at(step, y, 3);
    if (threadIdx.y == 0 && x >= 1 && x <= TILE && pivot[y][x] != 0) {
      const float right = q[0][y][x], ll = q[1][y][x], lower = q[2][y][x], lr = q[3][y][x];
      const float e = extra[y][x], d = e + right + ll + lower + lr;
      const float i = d < 1e-30f ? 0.0f : 1 / d;  // zero: a coarse pixel that nothing depends on
      pivot[y][x] = i;
      extra[y][x + 1] += right * i * (e + DROPPED * ll);
      extra[y + 1][x - 1] += ll * i * (e + DROPPED * (right + lr));
      extra[y + 1][x] += lower * i * e;
      extra[y + 1][x + 1] += lr * i * (e + DROPPED * ll);
      q[1][y][x + 1] += right * i * lower;
      q[2][y][x + 1] += right * i * lr;
      q[0][y + 1][x - 1] += ll * i * lower;
      q[0][y + 1][x] += lower * i * lr;
    }
    __syncthreads();
  }
  for (int y = threadIdx.y + 1; y <= TILE; y += 2) {
    const int r = blockIdx.y * TILE + y, c = blockIdx.x * TILE + threadIdx.x + 1;
    if (r > height || c > width) continue;
    const index_t i = r * s + c;
    inverse[i] = pivot[y][threadIdx.x + 1];
    for (int k = 0; k < 4; k++) v[k * n + i] = q[k][y][threadIdx.x + 1];
  }
}

// out = M^-1 b (if first), or M^-1 (b - A z). Blocks of 32 x 2 threads, a channel each.
KERNEL smooth(const float* w, const float* reaction, const float* v, const float* inverse,
              const float* b, const float* z, float* out, int first, int height, int width) {
  __shared__ float q[4][TILE + 2][PITCH(2)], pivot[TILE + 2][PITCH(2)];
  __shared__ float values[2][TILE + 2][PITCH(2)];
  const index_t s = row_of(width), n = plane_of(height, width), channel = threadIdx.y * n;
  const index_t top = blockIdx.y * TILE, left = blockIdx.x * TILE;
  float(*u)[PITCH(2)] = values[threadIdx.y];
  for (int y = 0; y < TILE + 2; y++)
    for (int x = threadIdx.x; x < TILE + 2; x += TILE) {
      const bool inside = y >= 1 && y <= TILE && x >= 1 && x <= TILE && top + y <= height &&
                          left + x <= width;
      const index_t i = inside ? (top + y) * s + left + x : 0;
      const float own = inside ? inverse[i] : 0.0f;
      float given = 0;
      if (own != 0) {
        given = b[channel + i];
        if (!first) given -= product_at(w, reaction, z + channel, i, s, n);
      }
      u[y][x] = given;
      for (int k = threadIdx.y; k < 4; k += 2) q[k][y][x] = inside ? v[k * n + i] : 0.0f;
      if (threadIdx.y == 0) pivot[y][x] = own;
    }
  __syncthreads();
  for (int step = 0; step < steps_of(2); step++) {
    const int y = threadIdx.x + 1, x = column_at(step, y, 2);
    if (x >= 1 && x <= TILE) {
      float sum = u[y][x] + q[0][y][x - 1] * u[y][x - 1];
      sum += q[2][y - 1][x] * u[y - 1][x] + q[3][y - 1][x - 1] * u[y - 1][x - 1];
      u[y][x] = pivot[y][x] * (sum + q[1][y - 1][x + 1] * u[y - 1][x + 1]);
    }
    __syncthreads();
  }
  for (int step = 0; step < steps_of(2); step++) {  // from the other end
    const int y = TILE - threadIdx.x, x = TILE + 1 - column_at(step, threadIdx.x + 1, 2);
    if (x >= 1 && x <= TILE) {
      float sum = q[0][y][x] * u[y][x + 1] + q[1][y][x] * u[y + 1][x - 1];
      sum += q[2][y][x] * u[y + 1][x] + q[3][y][x] * u[y + 1][x + 1];
      u[y][x] += pivot[y][x] * sum;
    }
    __syncthreads();
  }
  for (int y = 1; y <= TILE; y++) {
    const index_t r = top + y, c = left + threadIdx.x + 1;
    if (r <= height && c <= width) out[channel + r * s + c] = u[y][threadIdx.x + 1];
  }
}
