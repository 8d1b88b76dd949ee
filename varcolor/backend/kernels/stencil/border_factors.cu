// Weights across the borders of objects, made smaller. The formula is in varcolor/energy/cut.py.
#include "grid.cuh"

__device__ inline float lowered(float weight, float factor, float least) {
  return factor > 0 ? fmaxf(weight * factor, fminf(weight, least)) : 0.0f;
}

// w (4 or 8 planes) times factor[strength], strength (4 planes) that of edges to the right, lower
// left, below and lower right; rows of directed weights then sum to 1 again.
KERNEL border_factors(float* w, int directed, const unsigned char* strength, const float* factor,
                      float least, int height, int width) {
  const int r = ROW, c = COLUMN;
  if (r > height || c > width) return;
  const index_t s = row_of(width), n = plane_of(height, width), i = r * s + c;
  const index_t steps[4] = {1, s - 1, s, s + 1};
  float* forth = w + (directed ? 4 * n : 0);
  for (int k = 0; k < 4; k++) {
    const int own = strength[k * n + i];
    if (own > 0) forth[k * n + i] = lowered(forth[k * n + i], factor[own], least);
  }
  if (!directed) return;
  float total = 0;
  for (int k = 0; k < 4; k++) {
    const int own = strength[k * n + i - steps[k]];
    float* back = w + (3 - k) * n + i;
    if (own > 0) *back = lowered(*back, factor[own], least);
    total += *back + forth[k * n + i];
  }
  if (total > 0)
    for (int k = 0; k < 8; k++) w[k * n + i] /= total;
}
