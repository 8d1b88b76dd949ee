// Steps of a lazy random walk along directed weights, for the stationary distribution.
#include "grid.cuh"

// out = (q + W'q) / 2; plane k of one pixel leads to where plane 7 - k leads back.
KERNEL walk(const float* directed, const float* q, float* out, int height, int width) {
  const int r = ROW, c = COLUMN;
  if (r > height || c > width) return;
  const index_t s = row_of(width), n = plane_of(height, width), i = r * s + c;
  const index_t steps[8] = {-s - 1, -s, -s + 1, -1, 1, s - 1, s, s + 1};
  float sum = q[i];
  for (int k = 0; k < 8; k++) sum += directed[k * n + i - steps[k]] * q[i - steps[k]];
  out[i] = 0.5f * sum;
}
