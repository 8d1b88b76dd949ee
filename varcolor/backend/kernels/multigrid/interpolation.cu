// Interpolation between grids that follows the weights. The formulas are those of
// varcolor/backend/kernels/multigrid/interpolation.py; height and width are those of the fine grid.
#include "grid.cuh"

#define TINY 1e-30f

// Rows of P of the pixels to the right of and below every coarse one; again: use the rows of the
// pixels amid four, which are known by then. Else these are taken to move with the coarse ones.
KERNEL interpolate_sides(const float* w, const float* reaction, float* p, float* deficit, int again,
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
    t = reaction[i + 1];
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
    t = reaction[i + s];
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
KERNEL interpolate_centres(const float* w, const float* reaction, float* p, float* deficit,
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
  const float t = reaction[i] + above * deficit[i - s] + left * deficit[i - 1] +
                  below * deficit[i + s] + right * deficit[i + 1];
  const float sum = ul + ur + ll + lr + t;
  const bool tied = sum > TINY;
  p[4 * nc + j] = tied ? ul / sum : 0.0f;
  p[5 * nc + j] = tied ? ur / sum : 0.0f;
  p[6 * nc + j] = tied ? ll / sum : 0.0f;
  p[7 * nc + j] = tied ? lr / sum : 0.0f;
  deficit[i] = tied ? t / sum : 1.0f;
}

// Clear the rows of P of fixed pixels: corrections leave them as they are.
KERNEL zero_fixed_rows(const float* inverse, float* p, float* deficit, int height, int width) {
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
