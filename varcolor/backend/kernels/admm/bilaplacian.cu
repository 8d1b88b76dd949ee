// The term of fourth order beside total variation. The formulas are those of
// varcolor/backend/kernels/admm/bilaplacian.py.
#include "tv.cuh"

// L x at a pixel, with the weights plate.
template <typename T>
__device__ inline T bend_at(const float* plate, const T* x, index_t i, index_t s, index_t n) {
  T sum = 0;
  for (int k = 0; k < 4; k++) {
    const index_t step = step_of(k, s);
    sum += plate[k * n + i] * (x[i] - x[i + step]);
    sum += plate[k * n + i - step] * (x[i] - x[i - step]);
  }
  return sum;
}

// bends = L u.
KERNEL bend(const float* plate, const double* u, double* bends, int height, int width) {
  const int r = ROW, c = COLUMN;
  if (r > height || c > width) return;
  const index_t s = row_of(width), n = plane_of(height, width), i = r * s + c;
  for (int k = 0; k < 2; k++) bends[k * n + i] = bend_at(plate, u + k * n, i, s, n);
}

// The same in single precision.
KERNEL bend_briefly(const float* plate, const float* p, float* bends, int height, int width) {
  const int r = ROW, c = COLUMN;
  if (r > height || c > width) return;
  const index_t s = row_of(width), n = plane_of(height, width), i = r * s + c;
  for (int k = 0; k < 2; k++) bends[k * n + i] = bend_at(plate, p + k * n, i, s, n);
}

// out += L'L p, bends being L p, less what the weights extra make of p; not at fixed pixels. parts:
// the dot products of that with p, channel by channel.
KERNEL stiffen(const float* plate, const float* extra, const float* free, const float* p,
               const float* bends, float* out, double* parts, int height, int width) {
  const index_t s = row_of(width), n = plane_of(height, width), count = (index_t)height * width;
  double sums[2] = {0, 0};
  for (index_t j = THREAD; j < count; j += THREADS) {
    const index_t i = (j / width + 1) * s + j % width + 1;
    if (free[i] == 0) continue;
    for (int k = 0; k < 2; k++) {
      const float value = bend_at(plate, bends + k * n, i, s, n) - bend_at(extra, p + k * n, i, s, n);
      out[k * n + i] += value;
      sums[k] += value * p[k * n + i];
    }
  }
  for (int k = 0; k < 2; k++) parts[k * THREADS + THREAD] = sums[k];
}

// parts: |L p|^2 less the energy that the weights extra give p, channel by channel.
KERNEL plate_less(const float* plate, const float* extra, const float* p, double* parts, int height,
                  int width) {
  const index_t s = row_of(width), n = plane_of(height, width), count = (index_t)height * width;
  double sums[2] = {0, 0};
  for (index_t j = THREAD; j < count; j += THREADS) {
    const index_t i = (j / width + 1) * s + j % width + 1;
    for (int channel = 0; channel < 2; channel++) {
      const float* x = p + channel * n;
      const float bent = bend_at(plate, x, i, s, n);
      float less = 0;
      for (int k = 0; k < 4; k++) {
        const float forth = x[i] - x[i + step_of(k, s)];
        less += extra[k * n + i] * forth * forth;
      }
      sums[channel] += (double)(bent * bent) - less;
    }
  }
  for (int k = 0; k < 2; k++) parts[k * THREADS + THREAD] = sums[k];
}
