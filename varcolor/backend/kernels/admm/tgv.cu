// Total generalised variation by alternating directions, as varcolor/backend/kernels/admm/tgv.py.
#include "tgv.cuh"

// out = own out + factor A x, A = K' rho K + 2 reaction; fixed pixels have empty rows.
KERNEL tgv_product(const float* root, const float* second_weights, const float* rho,
                   const float* reaction, int has_reaction, const float* free, const float* x,
                   float own, float factor, float* out, int height, int width) {
  const int r = ROW, c = COLUMN;
  if (r > height || c > width) return;
  const index_t s = row_of(width), n = plane_of(height, width), i = r * s + c;
  const Weighed<float> flux = {root, second_weights, rho, x, s, n};
  for (int channel = 0; channel < 2; channel++) {
    float found[3];
    transposed_at(flux, root, second_weights, channel, i, s, n, found);
    if (has_reaction) found[0] += 2 * reaction[i] * x[channel * n + i];
    found[0] *= free[i];
    for (int k = 0; k < 3; k++) {
      float* to = out + (2 * k + channel) * n + i;
      *to = own * *to + factor * found[k];
    }
  }
}

// By what v enters the fluxes, for both groups.
KERNEL tgv_flux_coefficients(const float* rho, const float* v, float* held, int height, int width) {
  const int r = ROW, c = COLUMN;
  if (r > height || c > width) return;
  const index_t n = plane_of(height, width), i = r * row_of(width) + c;
  for (int g = 0; g < 2; g++) held[g * n + i] = held_of(rho[g * n + i], length_at(v, g, i, n));
}

// z and y for a new x.
KERNEL tgv_shrink(const float* root, const float* second_weights, const float* rho, float* v,
                  float relaxation, const double* x, const double* base, int has_base, int height,
                  int width) {
  const int r = ROW, c = COLUMN;
  if (r > height || c > width) return;
  const index_t s = row_of(width), n = plane_of(height, width), i = r * s + c;
  float kept[2];
  for (int g = 0; g < 2; g++) {
    const float share = fminf(1.0f, 1 / fmaxf(rho[g * n + i] * length_at(v, g, i, n), 1e-30f));
    kept[g] = (1 - relaxation) * (1 - share) + share;
  }
  for (int q = 0; q < VALUES; q++) {
    double value = image_at(root, second_weights, x, q, i, s, n);
    if (has_base) value -= image_at(root, second_weights, base, q, i, s, n);
    v[q * n + i] = (float)(relaxation * value + kept[group_of(q)] * v[q * n + i]);
  }
}

// out: minus the gradient, zero at fixed pixels; parts: the sums of its absolute values and of those
// of the soft cues' gradient, both times width (6), and the energy of the soft cues.
KERNEL tgv_gradient(const float* root, const float* second_weights, const float* rho,
                    const float* reaction, const double* target, int has_target, const float* free,
                    const double* x, const double* base, int has_base, const float* v,
                    const float* held, float* out, const double* width6, double* parts, int height,
                    int width) {
  const index_t s = row_of(width), n = plane_of(height, width), count = (index_t)height * width;
  const Flux flux = {root, second_weights, rho, v, held, x, base, has_base, s, n};
  double sums[3] = {0, 0, 0};
  for (index_t j = THREAD; j < count; j += THREADS) {
    const index_t i = (j / width + 1) * s + j % width + 1;
    for (int channel = 0; channel < 2; channel++) {
      double found[3];
      transposed_at(flux, root, second_weights, channel, i, s, n, found);
      if (has_target) {
        const double gap = x[channel * n + i] - target[channel * n + i];
        const double slope = 2 * reaction[i] * gap * free[i];
        sums[1] += width6[channel] * fabs(slope);
        sums[2] += reaction[i] * gap * gap;
        found[0] += slope;
      }
      found[0] *= free[i];
      for (int k = 0; k < 3; k++) {
        out[(2 * k + channel) * n + i] = (float)-found[k];
        sums[0] += width6[2 * k + channel] * fabs(found[k]);
      }
    }
  }
  for (int k = 0; k < 3; k++) parts[k * THREADS + THREAD] = sums[k];
}

// v = flux / rho, plus K base if again.
KERNEL tgv_shift_base(const float* root, const float* second_weights, const float* rho,
                      const double* x, const double* base, int has_base, int again, float* v,
                      const float* held, int height, int width) {
  const int r = ROW, c = COLUMN;
  if (r > height || c > width) return;
  const index_t s = row_of(width), n = plane_of(height, width), i = r * s + c;
  const Flux flux = {root, second_weights, rho, v, held, x, base, has_base, s, n};
  for (int q = 0; q < VALUES; q++) {
    double value = flux.at(q, i) / fmaxf(rho[group_of(q) * n + i], 1e-30f);
    if (again) value += image_at(root, second_weights, base, q, i, s, n);
    v[q * n + i] = (float)value;
  }
}

// parts, zero before: the sums of |K x|, of flux times K x, and for every one of the ascending levels
// t of (|flux| - 1 - t) |K d| where positive, d differences and slopes up to diameter.
KERNEL tgv_infeasibility(const float* root, const float* second_weights, const float* rho,
                         const double* x, const double* base, int has_base, const float* v,
                         const float* held, double diameter, const double* levels, int len_levels,
                         double* parts, int height, int width) {
  const index_t s = row_of(width), n = plane_of(height, width), pixels = (index_t)height * width;
  const Flux flux = {root, second_weights, rho, v, held, x, base, has_base, s, n};
  double total = 0, along = 0;
  for (index_t j = THREAD; j < pixels; j += THREADS) {
    const index_t i = (j / width + 1) * s + j % width + 1;
    for (int g = 0; g < 2; g++) {
      double size = 0, square = 0;
      for (int q = g ? FIRST_PLANES : 0; q < (g ? VALUES : FIRST_PLANES); q++) {
        const double image = image_at(root, second_weights, x, q, i, s, n), own = flux.at(q, i);
        size += image * image;
        along += image * own;
        square += own * own;
      }
      total += sqrt(size);
      if (square <= 1) continue;
      const float* weight = g ? second_weights : root;
      double most = (double)weight[i] * weight[i] + (double)weight[n + i] * weight[n + i];
      most = sqrt(most) * diameter * (g ? 4 : 2);
      const double over = sqrt(square) - 1;
      for (int t = 0; t < len_levels && over > levels[t]; t++)
        parts[(2 + t) * THREADS + THREAD] += (over - levels[t]) * most;
    }
  }
  parts[THREAD] = total;
  parts[THREADS + THREAD] = along;
}

// out: the norms of first and second differences; parts: their sums.
KERNEL tgv_norms(const float* root, const float* second_weights, const double* x, float* out,
                    double* parts, int height, int width) {
  const index_t s = row_of(width), n = plane_of(height, width), count = (index_t)height * width;
  double sums[2] = {0, 0};
  for (index_t j = THREAD; j < count; j += THREADS) {
    const index_t i = (j / width + 1) * s + j % width + 1;
    for (int g = 0; g < 2; g++) {
      double size = 0;
      for (int q = g ? FIRST_PLANES : 0; q < (g ? VALUES : FIRST_PLANES); q++) {
        const double image = image_at(root, second_weights, x, q, i, s, n);
        size += image * image;
      }
      size = sqrt(size);
      out[g * n + i] = (float)size;
      sums[g] += size;
    }
  }
  for (int g = 0; g < 2; g++) parts[g * THREADS + THREAD] = sums[g];
}

// rho = fresh; z and y stay as they are.
KERNEL tgv_change_penalties(float* rho, float* v, const float* fresh, int height, int width) {
  const int r = ROW, c = COLUMN;
  if (r > height || c > width) return;
  const index_t n = plane_of(height, width), i = r * row_of(width) + c;
  for (int g = 0; g < 2; g++) {
    const float share = fminf(1.0f, 1 / fmaxf(rho[g * n + i] * length_at(v, g, i, n), 1e-30f));
    const float by = 1 + (rho[g * n + i] / fresh[g * n + i] - 1) * share;
    rho[g * n + i] = fresh[g * n + i];
    for (int q = g ? FIRST_PLANES : 0; q < (g ? VALUES : FIRST_PLANES); q++) v[q * n + i] *= by;
  }
}
