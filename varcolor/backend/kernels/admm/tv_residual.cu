// What is left of the gradient of the picture's step in total variation. The formulas are those of
// varcolor/backend/kernels/admm/tv_residual.py.
#include "tv.cuh"

// By what v enters the fluxes, group by group.
KERNEL flux_coefficients(const float* rho, const float* v, float* held, int height, int width) {
  const int r = ROW, c = COLUMN;
  if (r > height || c > width) return;
  const index_t n = plane_of(height, width), i = r * row_of(width) + c;
  held[i] = held_of(rho[i], length_at(v, i, n));
}

// out: minus half the gradient, zero at fixed pixels. parts: the sums of its absolute values and of
// those of the quadratic terms' own, both times width, the energy of the quadratic terms, and the
// sums of |K u| and of flux times K u. Terms that are not there add nothing.
KERNEL residual(const float* root, const float* smooth, int has_smooth,
                const float* laplacian_weights, const double* laplacian, int has_laplacian_weights,
                const float* reaction, const double* target, int has_target, const float* free,
                const double* u, const double* base, int has_base, const float* rho, const float* v,
                const float* held, float* out, double width0, double width1, double* parts,
                int height, int width) {
  const index_t s = row_of(width), n = plane_of(height, width), count = (index_t)height * width;
  double sums[5] = {0, 0, 0, 0, 0};
  for (index_t j = THREAD; j < count; j += THREADS) {
    const index_t i = (j / width + 1) * s + j % width + 1;
    double size = 0;
    for (int channel = 0; channel < 2; channel++) {
      const double* x = u + channel * n;
      double flow = 0, own = 0;
      for (int k = 0; k < 4; k++) {
        const int q = 2 * k + channel;
        const index_t step = step_of(k, s), back = i - step;
        double flux = rho[i] * edge_at(root, u, base, has_base, q, i, s, n);
        flux += held[i] * v[q * n + i];
        flow += root[k * n + i] * flux;
        const double edge = edge_at(root, u, base, 0, q, i, s, n);
        size += edge * edge;
        sums[4] += edge * flux;
        flux = rho[back] * edge_at(root, u, base, has_base, q, back, s, n);
        flux += held[back] * v[q * n + back];
        flow -= root[k * n + back] * flux;
        if (has_smooth) {
          const double forth = x[i + step] - x[i];
          own += smooth[k * n + i] * forth + smooth[k * n + back] * (x[back] - x[i]);
          sums[2] += smooth[k * n + i] * forth * forth;
        }
        if (has_laplacian_weights) {
          const double* b = laplacian + channel * n;
          own += laplacian_weights[k * n + i] * (b[i + step] - b[i]) +
                 laplacian_weights[k * n + back] * (b[back] - b[i]);
        }
      }
      if (has_laplacian_weights) sums[2] += laplacian[channel * n + i] * laplacian[channel * n + i];
      if (has_target) {
        const double gap = target[channel * n + i] - x[i];
        own += reaction[i] * gap;
        sums[2] += reaction[i] * gap * gap;
      }
      const double value = free[i] != 0 ? 0.5 * flow + own : 0.0;
      const double weight = channel ? width1 : width0;
      out[channel * n + i] = (float)value;
      sums[0] += weight * fabs(value);
      sums[1] += free[i] != 0 ? weight * fabs(own) : 0.0;
    }
    sums[3] += sqrt(size);
  }
  for (int k = 0; k < 5; k++) parts[k * THREADS + THREAD] = sums[k];
}
