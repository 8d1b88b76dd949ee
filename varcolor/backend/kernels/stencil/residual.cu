// The residual of a solution in single precision, summed in double precision.
#include "grid.cuh"

// r = reaction (target - u) - L u, zero at fixed pixels; parts: its largest values by channel.
// w has 8 planes if directed, else 4; target is not read unless has_target.
KERNEL exact_residual(const float* w, int directed, const float* reaction, const float* free,
                      const float* target, int has_target, const float* u, float* r, double* parts,
                      int height, int width) {
  const index_t s = row_of(width), n = plane_of(height, width), count = (index_t)height * width;
  const index_t steps[4] = {1, s - 1, s, s + 1};
  double most[2] = {0, 0};
  for (index_t j = THREAD; j < count; j += THREADS) {
    const index_t i = (j / width + 1) * s + j % width + 1;
    for (int k = 0; k < 2; k++) {
      const float* channel = u + k * n;
      double value = 0;
      if (free[i] != 0) {
        const double v = channel[i];
        if (has_target) value = reaction[i] * (target[k * n + i] - v);
        for (int q = 0; q < 4; q++) {  // half of symmetric weights are stored at the other end
          const float forth = w[(directed ? 4 + q : q) * n + i];
          const float back = directed ? w[(3 - q) * n + i] : w[q * n + i - steps[q]];
          value += forth * (channel[i + steps[q]] - v) + back * (channel[i - steps[q]] - v);
        }
      }
      r[k * n + i] = (float)value;
      most[k] = fmax(most[k], fabs(value));
    }
  }
  for (int k = 0; k < 2; k++) parts[k * THREADS + THREAD] = most[k];
}
