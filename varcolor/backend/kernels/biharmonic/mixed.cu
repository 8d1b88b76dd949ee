// Fourth order in its mixed form, and a Krylov basis. Arrays and formulas are those of
// varcolor/backend/kernels/biharmonic/mixed.py; fields have four planes: v, then u, both channels. Weights w
// have 8 planes if directed, else 4.
#include "grid.cuh"

// q, first half: N'y + reaction u at free pixels; given: u with the fixed ones, u - soft N'y.
KERNEL first_product(const float* w, int directed, const float* rest, const float* free,
                     const float* soft, const float* reaction, const float* y, const float* x,
                     float* q, float* given, int height, int width) {
  const int r = ROW, c = COLUMN;
  if (r > height || c > width) return;
  const index_t s = row_of(width), n = plane_of(height, width), i = r * s + c;
  for (int k = 0; k < 2; k++) {
    const float flow = any_at(w, directed, rest, y + k * n, i, s, n), u = x[(2 + k) * n + i];
    q[k * n + i] = free[i] != 0 ? flow + reaction[i] * u : 0.0f;
    given[k * n + i] = u - soft[i] * flow;
  }
}

// q, second half: N u - root v.
KERNEL second_product(const float* w, int directed, const float* zero, const float* root,
                      const float* u, const float* x, float* q, int height, int width) {
  const int r = ROW, c = COLUMN;
  if (r > height || c > width) return;
  const index_t s = row_of(width), n = plane_of(height, width), i = r * s + c;
  for (int k = 0; k < 2; k++)
    q[(2 + k) * n + i] = any_at(w, directed, zero, u + k * n, i, s, n) - root[i] * x[k * n + i];
}

// out: (N u - right) / root at fixed pixels, where free is zero.
KERNEL fixed_rows(const float* w, int directed, const float* zero, const float* root,
                  const float* free, const float* right, const float* u, float* out, int height,
                  int width) {
  const int r = ROW, c = COLUMN;
  if (r > height || c > width) return;
  const index_t s = row_of(width), n = plane_of(height, width), i = r * s + c;
  if (free[i] != 0) return;
  for (int k = 0; k < 2; k++) {
    const float value = any_at(w, directed, zero, u + k * n, i, s, n) - right[k * n + i];
    out[k * n + i] = value / root[i];
  }
}

// parts: the dot products of w with the first count fields of the basis, by field and channel; n
// is the length of a plane.
KERNEL dots(const float* basis, const float* w, int count, double* parts, index_t n) {
  for (int j = 0; j < count; j++)
    for (int channel = 0; channel < 2; channel++) {
      const float *a = basis + (4 * j + channel) * n, *b = w + channel * n;
      double sum = 0;
      for (index_t i = THREAD; i < n; i += THREADS)
        sum += (double)a[i] * b[i] + (double)a[2 * n + i] * b[2 * n + i];
      parts[(2 * j + channel) * THREADS + THREAD] = sum;
    }
}

// w less shares (count, 2) of the basis; parts: the sums of its squares by channel.
KERNEL subtract(const float* basis, float* w, const float* shares, int len_shares, double* parts,
                index_t n) {
  double sums[2] = {0, 0};
  for (int f = 0; f < 4; f++)
    for (index_t i = THREAD; i < n; i += THREADS) {
      float value = w[f * n + i];
      for (int j = 0; j < len_shares; j++) value -= shares[2 * j + f % 2] * basis[(4 * j + f) * n + i];
      w[f * n + i] = value;
      sums[f % 2] += (double)value * value;
    }
  for (int k = 0; k < 2; k++) parts[k * THREADS + THREAD] = sums[k];
}
