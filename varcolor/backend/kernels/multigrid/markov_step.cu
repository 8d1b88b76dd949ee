// Steps of a random walk along directed flows, for the stationary distribution.
#include "grid.cuh"

// y after a step, q y being the mass; plane k of one pixel leads to where plane 7 - k leads back.
KERNEL markov_step(const float* flows, const float* q, const float* y, float* out, int height,
            int width) {
  const int r = ROW, c = COLUMN;
  if (r > height || c > width) return;
  const index_t s = row_of(width), n = plane_of(height, width), i = r * s + c;
  const index_t steps[8] = {-s - 1, -s, -s + 1, -1, 1, s - 1, s, s + 1};
  float sum = 0.0f;
  for (int k = 0; k < 8; k++) sum += flows[k * n + i - steps[k]] * y[i - steps[k]];
  out[i] = 0.2f * y[i] + 0.8f * sum / q[i];
}
