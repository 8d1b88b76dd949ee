// Cues on the grid. at: flat indices of the photo's pixels; weight: infinite for exact cues.
#include "grid.cuh"

__device__ inline index_t bordered(index_t at, int width) {
  return (at / width + 1) * row_of(width) + at % width + 1;
}

// Soft cues add their weight, at most heaviest, to the reaction; exact ones clear free.
KERNEL mark_cues(const long long* at, const float* weight, float heaviest, float* reaction,
                 float* free, index_t len_at, int width) {
  const index_t j = THREAD;
  if (j >= len_at) return;
  const index_t i = bordered(at[j], width);
  if (isinf(weight[j]))
    free[i] = 0;
  else
    reaction[i] = fminf(weight[j], heaviest);
}

// Values (count, 2) of exact cues go to u, of soft ones to target.
KERNEL set_values(const long long* at, const float* weight, const float* values, float* u,
                  float* target, index_t len_at, int height, int width) {
  const index_t j = THREAD, n = plane_of(height, width);
  if (j >= len_at) return;
  const index_t i = bordered(at[j], width);
  float* to = isinf(weight[j]) ? u : target;
  for (int k = 0; k < 2; k++) to[k * n + i] = values[2 * j + k];
}
