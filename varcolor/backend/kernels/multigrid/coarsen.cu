// Coarse grids: interpolation that follows the weights, and the Galerkin product P'AP. The formulas
// are those of varcolor/backend/kernels/multigrid/coarsen.py; height and width are those of the fine grid.
#include "grid.cuh"

#define TINY 1e-30f

// Rows of P of the pixels to the right of and below every coarse one; again: use the rows of the
// pixels amid four, which are known by then. Else these are taken to move with the coarse ones.
KERNEL interpolate_sides(const float* w, const float* excess, float* p, float* deficit, int again,
                         int height, int width) {
  const int rows = (height + 1) / 2, columns = (width + 1) / 2, rc = ROW, cc = COLUMN;
  if (rc > rows || cc > columns) return;
  const index_t s = row_of(width), n = plane_of(height, width);
  const index_t sc = row_of(columns), nc = plane_of(rows, columns), j = rc * sc + cc;
  const index_t i = (2 * rc - 1) * s + 2 * cc - 1;
  const float *right = w, *lower_left = w + n, *below = w + 2 * n, *lower_right = w + 3 * n;
  const float *ul = p + 4 * nc, *ur = p + 5 * nc, *ll = p + 6 * nc, *lr = p + 7 * nc;
  p[8 * nc + j] = 1;
  deficit[i] = 0;
  float a = 0, b = 0, t = 1;
  if (2 * cc <= width) {
    a = right[i] + lower_right[i - s] + lower_left[i + 1];
    b = right[i + 1] + lower_left[i - s + 2] + lower_right[i + 1];
    t = excess[i + 1];
    if (again) {
      float e = below[i - s + 1];
      a += e * (ul[j - sc] + ll[j - sc]);
      b += e * (ur[j - sc] + lr[j - sc]);
      t += e * deficit[i - s + 1];
      e = below[i + 1];
      a += e * (ul[j] + ll[j]);
      b += e * (ur[j] + lr[j]);
      t += e * deficit[i + s + 1];
    } else {
      const float direct = fabsf(a + b);
      t *= direct / (direct + fabsf(below[i - s + 1]) + fabsf(below[i + 1]) + TINY);
    }
    const float sum = a + b + t;
    const bool tied = sum > TINY;
    a = tied ? a / sum : 0.0f;
    b = tied ? b / sum : 0.0f;
    t = tied ? t / sum : 1.0f;
    deficit[i + 1] = t;
  }
  p[j] = a;
  p[nc + j] = b;
  a = b = 0;
  if (2 * rc <= height) {
    a = below[i] + lower_right[i - 1] + lower_left[i + 1];
    b = below[i + s] + lower_right[i + s] + lower_left[i + s];
    t = excess[i + s];
    if (again) {
      float e = right[i + s - 1];
      a += e * (ul[j - 1] + ur[j - 1]);
      b += e * (ll[j - 1] + lr[j - 1]);
      t += e * deficit[i + s - 1];
      e = right[i + s];
      a += e * (ul[j] + ur[j]);
      b += e * (ll[j] + lr[j]);
      t += e * deficit[i + s + 1];
    } else {
      const float direct = fabsf(a + b);
      t *= direct / (direct + fabsf(right[i + s - 1]) + fabsf(right[i + s]) + TINY);
    }
    const float sum = a + b + t;
    const bool tied = sum > TINY;
    a = tied ? a / sum : 0.0f;
    b = tied ? b / sum : 0.0f;
    t = tied ? t / sum : 1.0f;
    deficit[i + s] = t;
  }
  p[2 * nc + j] = a;
  p[3 * nc + j] = b;
}

// Rows of P of the pixels amid four coarse ones, from those between two.
KERNEL interpolate_centres(const float* w, const float* excess, float* p, float* deficit,
                           int height, int width) {
  const int rows = (height + 1) / 2, columns = (width + 1) / 2, rc = ROW, cc = COLUMN;
  if (2 * rc > height || 2 * cc > width) return;
  const index_t s = row_of(width), n = plane_of(height, width);
  const index_t sc = row_of(columns), nc = plane_of(rows, columns), j = rc * sc + cc;
  const index_t i = 2 * rc * s + 2 * cc;
  const float above = w[2 * n + i - s], below = w[2 * n + i], left = w[i - 1], right = w[i];
  const float ul = w[3 * n + i - s - 1] + above * p[j] + left * p[2 * nc + j];
  const float ur = w[n + i - s + 1] + above * p[nc + j] + right * p[2 * nc + j + 1];
  const float ll = w[n + i] + below * p[j + sc] + left * p[3 * nc + j];
  const float lr = w[3 * n + i] + below * p[nc + j + sc] + right * p[3 * nc + j + 1];
  const float t = excess[i] + above * deficit[i - s] + left * deficit[i - 1] +
                  below * deficit[i + s] + right * deficit[i + 1];
  const float sum = ul + ur + ll + lr + t;
  const bool tied = sum > TINY;
  p[4 * nc + j] = tied ? ul / sum : 0.0f;
  p[5 * nc + j] = tied ? ur / sum : 0.0f;
  p[6 * nc + j] = tied ? ll / sum : 0.0f;
  p[7 * nc + j] = tied ? lr / sum : 0.0f;
  deficit[i] = tied ? t / sum : 1.0f;
}

// Clear the rows of P of given pixels: corrections leave them as they are.
KERNEL hold_given(const float* inverse, float* p, float* deficit, int height, int width) {
  const int rows = (height + 1) / 2, columns = (width + 1) / 2, rc = ROW, cc = COLUMN;
  if (rc > rows || cc > columns) return;
  const index_t s = row_of(width), nc = plane_of(rows, columns);
  const index_t i = (2 * rc - 1) * s + 2 * cc - 1, j = rc * row_of(columns) + cc;
  if (inverse[i] == 0) p[8 * nc + j] = 0, deficit[i] = 1;
  if (inverse[i + 1] == 0) p[j] = p[nc + j] = 0, deficit[i + 1] = 1;
  if (inverse[i + s] == 0) p[2 * nc + j] = p[3 * nc + j] = 0, deficit[i + s] = 1;
  if (inverse[i + s + 1] == 0) {
    for (int k = 4; k < 8; k++) p[k * nc + j] = 0;
    deficit[i + s + 1] = 1;
  }
}

// What an edge e between two fine pixels adds to the cell: d, the difference of their rows of P at
// A B C D, and t, the difference of their deficits the other way round. sums: ab ac ad bc bd cd and
// the excess of A B C D.
__device__ inline void add_edge(float* sums, float e, const float* d, float t) {
  int k = 0;
#pragma unroll
  for (int a = 0; a < 4; a++) {
#pragma unroll
    for (int b = a + 1; b < 4; b++) sums[k++] -= e * d[a] * d[b];
    sums[6 + a] += e * d[a] * t;
  }
}

// The same for the excess h of one fine pixel with the row d of P and its deficit t.
__device__ inline void add_excess(float* sums, float h, const float* d, float t) {
  int k = 0;
#pragma unroll
  for (int a = 0; a < 4; a++) {
#pragma unroll
    for (int b = a + 1; b < 4; b++) sums[k++] -= h * d[a] * d[b];
    sums[6 + a] += h * (1 - t) * d[a];
  }
}

// Sum the cell between the coarse pixels A B / C D into cells (10 coarse planes), at A: the edges
// AB AC AD BC BD CD, and the excess of A B C D. An edge on the side of two cells belongs to the
// right or lower one.
KERNEL galerkin_cells(const float* w, const float* excess, const float* p, const float* deficit,
                      float* cells, int height, int width) {
  const int rows = (height + 1) / 2, columns = (width + 1) / 2, rc = ROW, cc = COLUMN;
  if (rc > rows || cc > columns) return;
  const index_t s = row_of(width), n = plane_of(height, width);
  const index_t sc = row_of(columns), nc = plane_of(rows, columns), j = rc * sc + cc;
  const index_t i = (2 * rc - 1) * s + 2 * cc - 1;
  const bool inside = 2 * rc <= height && 2 * cc <= width;
  // The rows of P and the deficits of the cell's 3 x 3 fine pixels, row by row.
  float x[9][4] = {}, t[9];
  x[0][0] = p[8 * nc + j];
  x[1][0] = p[j], x[1][1] = p[nc + j];
  x[2][1] = p[8 * nc + j + 1];
  x[3][0] = p[2 * nc + j], x[3][2] = p[3 * nc + j];
  for (int k = 0; k < 4; k++) x[4][k] = inside ? p[(4 + k) * nc + j] : 0.0f;
  x[5][1] = p[2 * nc + j + 1], x[5][3] = p[3 * nc + j + 1];
  x[6][2] = p[8 * nc + j + sc];
  x[7][2] = p[j + sc], x[7][3] = p[nc + j + sc];
  x[8][3] = p[8 * nc + j + sc + 1];
#pragma unroll
  for (int k = 0; k < 9; k++) {
    const int r = 2 * rc - 1 + k / 3, c = 2 * cc - 1 + k % 3;
    const bool coarse = k % 2 == 0 && k != 4;  // there a row of P is 1 or 0
    const float one = x[k][0] + x[k][1] + x[k][2] + x[k][3];
    t[k] = coarse ? 1 - one : r <= height && c <= width ? deficit[r * s + c] : 1.0f;
  }
  float sums[10] = {};
  // Edges by the place of their first pixel and their direction; those of other cells left out.
#pragma unroll
  for (int k = 0; k < 9; k++) {
    const int y = k / 3, z = k % 3;
    const index_t at = i + y * s + z;
    if (2 * rc - 1 + y > height || 2 * cc - 1 + z > width) continue;
    if (y < 2 && z < 2) add_excess(sums, excess[at], x[k], t[k]);
#pragma unroll
    for (int q = 0; q < 4; q++) {
      const int y2 = q ? y + 1 : y, z2 = q == 1 ? z - 1 : q == 2 ? z : z + 1;
      if (y2 > 2 || z2 < 0 || z2 > 2) continue;
      if ((q == 0 && y == 2) || (q == 2 && z == 2)) continue;
      const float e = w[q * n + at];
      if (e == 0) continue;
      const int other = k + q + 1;
      float d[4];
      for (int a = 0; a < 4; a++) d[a] = x[k][a] - x[other][a];
      add_edge(sums, e, d, t[other] - t[k]);
    }
  }
  for (int k = 0; k < 10; k++) cells[k * nc + j] = sums[k];
}

// Gather the cells around every coarse pixel; height and width are those of the coarse grid.
KERNEL galerkin(const float* cells, float* w, float* excess, int height, int width) {
  const int r = ROW, c = COLUMN;
  if (r > height || c > width) return;
  const index_t s = row_of(width), n = plane_of(height, width), i = r * s + c;
  w[i] = cells[i] + cells[5 * n + i - s];
  w[n + i] = cells[3 * n + i - 1];
  w[2 * n + i] = cells[n + i] + cells[4 * n + i - 1];
  w[3 * n + i] = cells[2 * n + i];
  excess[i] = cells[6 * n + i] + cells[7 * n + i - 1] + cells[8 * n + i - s] +
              cells[9 * n + i - s - 1];
}
