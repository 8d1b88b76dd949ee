// Between grids: restriction of the residual, prolongation of the correction.
#include "grid.cuh"

// P'(b - A u) at every coarse pixel; height and width are those of the fine grid.
KERNEL restrict_residual(const float* w, const float* reaction, const float* inverse,
                         const float* b, const float* u, const float* p, float* coarse, int height,
                         int width) {
  const int rows = (height + 1) / 2, columns = (width + 1) / 2, rc = ROW, cc = COLUMN;
  if (rc > rows || cc > columns) return;
  const index_t s = row_of(width), n = plane_of(height, width);
  const index_t sc = row_of(columns), nc = plane_of(rows, columns), j = rc * sc + cc;
  // What the fine pixels around give to the coarse one, in raster order.
  const float share[9] = {p[7 * nc + j - sc - 1], p[3 * nc + j - sc], p[6 * nc + j - sc],
                          p[nc + j - 1],          p[8 * nc + j],      p[j],
                          p[5 * nc + j - 1],      p[2 * nc + j],      p[4 * nc + j]};
  float sum[2] = {0, 0};
  for (int q = 0; q < 9; q++) {
    const int r = 2 * rc - 2 + q / 3, c = 2 * cc - 2 + q % 3;
    if (r < 1 || r > height || c < 1 || c > width) continue;
    const index_t i = r * s + c;
    if (inverse[i] == 0) continue;
    for (int k = 0; k < 2; k++)
      sum[k] += share[q] * (b[k * n + i] - product_at(w, reaction, u + k * n, i, s, n));
  }
  coarse[j] = sum[0];
  coarse[nc + j] = sum[1];
}

// u += P (coarse + more), coarse pixel by coarse pixel; height and width are the fine grid's.
KERNEL prolong(const float* p, const float* coarse, const float* more, float* u, int height,
               int width) {
  const int rows = (height + 1) / 2, columns = (width + 1) / 2, rc = ROW, cc = COLUMN;
  if (rc > rows || cc > columns) return;
  const index_t s = row_of(width), n = plane_of(height, width), i = (2 * rc - 1) * s + 2 * cc - 1;
  const index_t sc = row_of(columns), nc = plane_of(rows, columns), j = rc * sc + cc;
  for (int k = 0; k < 2; k++) {
    const float *x = coarse + k * nc + j, *y = more + k * nc + j;
    const float ul = x[0] + y[0], ur = x[1] + y[1];
    const float ll = x[sc] + y[sc], lr = x[sc + 1] + y[sc + 1];
    float* out = u + k * n + i;
    out[0] += p[8 * nc + j] * ul;
    if (2 * cc <= width) out[1] += p[j] * ul + p[nc + j] * ur;
    if (2 * rc > height) continue;
    out[s] += p[2 * nc + j] * ul + p[3 * nc + j] * ll;
    if (2 * cc <= width)
      out[s + 1] += p[4 * nc + j] * ul + p[5 * nc + j] * ur + p[6 * nc + j] * ll + p[7 * nc + j] * lr;
  }
}
