// The term of fourth order beside total variation. The formulas are those of
// varcolor/backend/kernels/admm/bilaplacian.py.
#include "tv.cuh"

// L x at a pixel, with the weights laplacian_weights.
template <typename T>
__device__ inline T laplacian_at(const float* laplacian_weights, const T* x, index_t i, index_t s,
                                 index_t n) {
  T sum = 0;
  for (int k = 0; k < 4; k++) {
    const index_t step = step_of(k, s);
    sum += laplacian_weights[k * n + i] * (x[i] - x[i + step]);
    sum += laplacian_weights[k * n + i - step] * (x[i] - x[i - step]);
  }
  return sum;
}

// laplacian = L u.
KERNEL write_laplacian(const float* laplacian_weights, const double* u, double* laplacian,
                       int height, int width) {
  const int r = ROW, c = COLUMN;
  if (r > height || c > width) return;
  const index_t s = row_of(width), n = plane_of(height, width), i = r * s + c;
  for (int k = 0; k < 2; k++)
    laplacian[k * n + i] = laplacian_at(laplacian_weights, u + k * n, i, s, n);
}

// The same in single precision.
KERNEL write_laplacian_f32(const float* laplacian_weights, const float* p, float* laplacian,
                           int height, int width) {
  const int r = ROW, c = COLUMN;
  if (r > height || c > width) return;
  const index_t s = row_of(width), n = plane_of(height, width), i = r * s + c;
  for (int k = 0; k < 2; k++)
    laplacian[k * n + i] = laplacian_at(laplacian_weights, p + k * n, i, s, n);
}

// out += L'L p, laplacian being L p, less what the weights extra make of p; not at fixed pixels.
// parts: the dot products of that with p, channel by channel.
KERNEL add_bilaplacian(const float* laplacian_weights, const float* extra, const float* free,
                       const float* p, const float* laplacian, float* out, double* parts,
                       int height, int width) {
  const index_t s = row_of(width), n = plane_of(height, width), count = (index_t)height * width;
  double sums[2] = {0, 0};
  for (index_t j = THREAD; j < count; j += THREADS) {
    const index_t i = (j / width + 1) * s + j % width + 1;
    if (free[i] == 0) continue;
    for (int k = 0; k < 2; k++) {
      const float fourth = laplacian_at(laplacian_weights, laplacian + k * n, i, s, n);
      const float value = fourth - laplacian_at(extra, p + k * n, i, s, n);
      out[k * n + i] += value;
      sums[k] += value * p[k * n + i];
    }
  }
  for (int k = 0; k < 2; k++) parts[k * THREADS + THREAD] = sums[k];
}

// parts: |L p|^2 less the energy that the weights extra give p, channel by channel.
KERNEL bilaplacian_curvature(const float* laplacian_weights, const float* extra, const float* p,
                             double* parts, int height, int width) {
  const index_t s = row_of(width), n = plane_of(height, width), count = (index_t)height * width;
  double sums[2] = {0, 0};
  for (index_t j = THREAD; j < count; j += THREADS) {
    const index_t i = (j / width + 1) * s + j % width + 1;
    for (int channel = 0; channel < 2; channel++) {
      const float* x = p + channel * n;
      const float curvature = laplacian_at(laplacian_weights, x, i, s, n);
      float less = 0;
      for (int k = 0; k < 4; k++) {
        const float forth = x[i] - x[i + step_of(k, s)];
        less += extra[k * n + i] * forth * forth;
      }
      sums[channel] += (double)(curvature * curvature) - less;
    }
  }
  for (int k = 0; k < 2; k++) parts[k * THREADS + THREAD] = sums[k];
}
