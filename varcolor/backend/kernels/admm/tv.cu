// Total variation by alternating directions: penalties, z and y (that is v), and what the lower
// bound is made of. The formulas are those of varcolor/backend/kernels/admm/tv.py.
#include "tv.cuh"

// w = rho root^2 / 2 + smooth + extra, the last two only where they are given.
KERNEL combine(const float* root, const float* rho, const float* smooth, int has_smooth,
               const float* extra, int has_extra, float* w, int height, int width) {
  const int r = ROW, c = COLUMN;
  if (r > height || c > width) return;
  const index_t n = plane_of(height, width), i = r * row_of(width) + c;
  for (int k = 0; k < 4; k++) {
    float value = 0.5f * rho[i] * root[k * n + i] * root[k * n + i];
    if (has_smooth) value += smooth[k * n + i];
    if (has_extra) value += extra[k * n + i];
    w[k * n + i] = value;
  }
}

// z and y for a new u.
KERNEL shrink(const float* root, const float* rho, float* v, float relaxation, const double* u,
              const double* base, int has_base, int height, int width) {
  const int r = ROW, c = COLUMN;
  if (r > height || c > width) return;
  const index_t s = row_of(width), n = plane_of(height, width), i = r * s + c;
  const float share = fminf(1.0f, 1 / fmaxf(rho[i] * length_at(v, i, n), 1e-30f));
  const float kept = (1 - relaxation) * (1 - share) + share;
  for (int q = 0; q < 8; q++) {
    const double edge = edge_at(root, u, base, has_base, q, i, s, n);
    v[q * n + i] = (float)(relaxation * edge + kept * v[q * n + i]);
  }
}

// rho = fresh; z and y stay as they are.
KERNEL change_penalty(float* rho, float* v, const float* fresh, int height, int width) {
  const int r = ROW, c = COLUMN;
  if (r > height || c > width) return;
  const index_t n = plane_of(height, width), i = r * row_of(width) + c;
  const float share = fminf(1.0f, 1 / fmaxf(rho[i] * length_at(v, i, n), 1e-30f));
  const float by = 1 + (rho[i] / fresh[i] - 1) * share;
  rho[i] = fresh[i];
  for (int q = 0; q < 8; q++) v[q * n + i] *= by;
}

// v = flux / rho, plus K base if again.
KERNEL shift_base(const float* root, const float* rho, float* v, const double* u,
                  const double* base, int has_base, int again, int height, int width) {
  const int r = ROW, c = COLUMN;
  if (r > height || c > width) return;
  const index_t s = row_of(width), n = plane_of(height, width), i = r * s + c;
  const float held = held_of(rho[i], length_at(v, i, n));
  for (int q = 0; q < 8; q++) {
    double value = rho[i] * edge_at(root, u, base, has_base, q, i, s, n) + held * v[q * n + i];
    value /= fmaxf(rho[i], 1e-30f);
    if (again) value += edge_at(root, base, base, 0, q, i, s, n);
    v[q * n + i] = (float)value;
  }
}

// out: the lengths of the groups of K u; parts: their sum.
KERNEL norms(const float* root, const double* u, float* out, double* parts, int height, int width) {
  const index_t s = row_of(width), n = plane_of(height, width), count = (index_t)height * width;
  double total = 0;
  for (index_t j = THREAD; j < count; j += THREADS) {
    const index_t i = (j / width + 1) * s + j % width + 1;
    double sum = 0;
    for (int q = 0; q < 8; q++) {
      const double edge = edge_at(root, u, u, 0, q, i, s, n);
      sum += edge * edge;
    }
    sum = sqrt(sum);
    out[i] = (float)sum;
    total += sum;
  }
  parts[THREAD] = total;
}

// parts, zero before: for every one of the ascending levels t the sum of (|flux| - 1 - t) |K d|
// where positive, d differences up to diameter.
KERNEL infeasibility(const float* root, const float* rho, const float* v, const double* u,
                     const double* base, int has_base, double diameter, const double* levels,
                     int len_levels, double* parts, int height, int width) {
  const index_t s = row_of(width), n = plane_of(height, width), pixels = (index_t)height * width;
  for (index_t j = THREAD; j < pixels; j += THREADS) {
    const index_t i = (j / width + 1) * s + j % width + 1;
    const float held = held_of(rho[i], length_at(v, i, n));
    double square = 0;
    for (int q = 0; q < 8; q++) {
      const double part = edge_at(root, u, base, has_base, q, i, s, n);
      const double flux = rho[i] * part + held * v[q * n + i];
      square += flux * flux;
    }
    if (square <= 1) continue;
    double most = 0;
    for (int k = 0; k < 4; k++) most += (double)root[k * n + i] * root[k * n + i];
    most = sqrt(most) * diameter;
    const double over = sqrt(square) - 1;
    for (int t = 0; t < len_levels && over > levels[t]; t++)
      parts[t * THREADS + THREAD] += (over - levels[t]) * most;
  }
}

// u += factor e, channel by channel, and e = 0; n is the length of a plane.
KERNEL move(double* u, float* e, double factor0, double factor1, index_t n) {
  for (index_t i = THREAD; i < n; i += THREADS) {
    u[i] += factor0 * e[i];
    u[n + i] += factor1 * e[n + i];
    e[i] = e[n + i] = 0;
  }
}
