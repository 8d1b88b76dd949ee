// The Galerkin product P'AP. The formulas are those of
// varcolor/backend/kernels/multigrid/galerkin.py; height and width are those of the fine grid.
#include "grid.cuh"

#define TINY 1e-30f

// What an edge e between two fine pixels adds to the cell: d, the difference of their rows of P at
// A B C D, and t, the difference of their deficits the other way round. sums: ab ac ad bc bd cd and
// the reaction of A B C D.
__device__ inline void add_edge(float* sums, float e, const float* d, float t) {
  int k = 0;
#pragma unroll
  for (int a = 0; a < 4; a++) {
#pragma unroll
    for (int b = a + 1; b < 4; b++) sums[k++] -= e * d[a] * d[b];
    sums[6 + a] += e * d[a] * t;
  }
}

// The same for the reaction h of one fine pixel with the row d of P and its deficit t.
__device__ inline void add_reaction(float* sums, float h, const float* d, float t) {
  int k = 0;
#pragma unroll
  for (int a = 0; a < 4; a++) {
#pragma unroll
    for (int b = a + 1; b < 4; b++) sums[k++] -= h * d[a] * d[b];
    sums[6 + a] += h * (1 - t) * d[a];
  }
}

// Sum the cell between the coarse pixels A B / C D into cells (10 coarse planes), at A: the edges
// AB AC AD BC BD CD, and the reaction of A B C D. An edge on the side of two cells belongs to the
// right or lower one.
KERNEL galerkin_cells(const float* w, const float* reaction, const float* p, const float* deficit,
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
    if (y < 2 && z < 2) add_reaction(sums, reaction[at], x[k], t[k]);
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

// Sum the cells around every coarse pixel; height and width are those of the coarse grid.
KERNEL galerkin(const float* cells, float* w, float* reaction, int height, int width) {
  const int r = ROW, c = COLUMN;
  if (r > height || c > width) return;
  const index_t s = row_of(width), n = plane_of(height, width), i = r * s + c;
  w[i] = cells[i] + cells[5 * n + i - s];
  w[n + i] = cells[3 * n + i - 1];
  w[2 * n + i] = cells[n + i] + cells[4 * n + i - 1];
  w[3 * n + i] = cells[2 * n + i];
  reaction[i] = cells[6 * n + i] + cells[7 * n + i - 1] + cells[8 * n + i - s] +
              cells[9 * n + i - s - 1];
}
