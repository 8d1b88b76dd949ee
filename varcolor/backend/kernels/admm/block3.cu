// Grids with three unknowns a pixel, as varcolor/backend/kernels/admm/block3.py.
#include "grid.cuh"

// out = own out + factor times the pixels' matrices times x; n is the length of a plane.
KERNEL block3_block_diagonal(const float* inverse, const float* x, float own, float factor,
                             float* out, index_t n) {
  for (index_t i = THREAD; i < n; i += THREADS) {
    const float uu = inverse[i], up = inverse[n + i], uq = inverse[2 * n + i];
    const float pp = inverse[3 * n + i], pq = inverse[4 * n + i], qq = inverse[5 * n + i];
    for (int k = 0; k < 2; k++) {
      const float u = x[k * n + i], p = x[(2 + k) * n + i], q = x[(4 + k) * n + i];
      float *to_u = out + k * n + i, *to_p = to_u + 2 * n, *to_q = to_u + 4 * n;
      *to_u = own * *to_u + factor * (uu * u + up * p + uq * q);
      *to_p = own * *to_p + factor * (up * u + pp * p + pq * q);
      *to_q = own * *to_q + factor * (uq * u + pq * p + qq * q);
    }
  }
}

// out = own out + factor times the matrix times x.
KERNEL block3_matvec(const float* matrix, const float* x, float own, float factor, float* out,
                       int height, int width) {
  const int r = ROW, c = COLUMN;
  if (r > height || c > width) return;
  const index_t s = row_of(width), n = plane_of(height, width), i = r * s + c;
  for (int row = 0; row < 3; row++) {
    float sums[2] = {0, 0};
    for (int k = 0; k < 9; k++) {
      const index_t there = i + (k / 3 - 1) * s + k % 3 - 1;
      for (int j = 0; j < 3; j++) {
        const float weight = matrix[((3 * k + row) * 3 + j) * n + i];
        for (int channel = 0; channel < 2; channel++)
          sums[channel] += weight * x[(2 * j + channel) * n + there];
      }
    }
    for (int channel = 0; channel < 2; channel++) {
      float* to = out + (2 * row + channel) * n + i;
      *to = own * *to + factor * sums[channel];
    }
  }
}

// Every pixel's matrix is inverted in place; unknowns that nothing holds get nothing.
KERNEL block3_invert(float* blocks, float singular, index_t n) {
  for (index_t i = THREAD; i < n; i += THREADS) {
    const double a = blocks[i], b = blocks[n + i], d = blocks[2 * n + i];
    const double e = blocks[3 * n + i], f = blocks[4 * n + i], g = blocks[5 * n + i];
    const double at_e = e > 0 ? 1 / e : 0, turn = f * at_e, rest = g - f * turn;
    const double at_g = rest > singular * g && g > 0 ? 1 / rest : 0;
    const double by_q = (d - b * turn) * at_g, by_p = b * at_e - turn * by_q;
    const double left = a - b * by_p - d * by_q;
    const double at_a = left > singular * a && a > 0 ? 1 / left : 0;
    blocks[i] = (float)at_a;
    blocks[n + i] = (float)(-by_p * at_a);
    blocks[2 * n + i] = (float)(-by_q * at_a);
    blocks[3 * n + i] = (float)(at_e + turn * turn * at_g + by_p * by_p * at_a);
    blocks[4 * n + i] = (float)(-turn * at_g + by_p * by_q * at_a);
    blocks[5 * n + i] = (float)(at_g + by_q * by_q * at_a);
  }
}

// coarse: what its pixels get from a fine residual of so many rows and columns.
KERNEL block3_restrict(const float* fine, float* coarse, int fine_height, int fine_width,
                       int height, int width) {
  const int r = ROW, c = COLUMN;
  if (r > height || c > width) return;
  const index_t n = plane_of(height, width), m = plane_of(fine_height, fine_width), i = r * row_of(width) + c;
  const float third = 1.0f / 3;
  for (int channel = 0; channel < 2; channel++) {
    float u = 0, p = 0, q = 0;
    for (int dr = 0; dr < 3; dr++) {
      for (int dc = 0; dc < 3; dc++) {
        const int y = 3 * (r - 1) + 1 + dr, x = 3 * (c - 1) + 1 + dc;
        if (y > fine_height || x > fine_width) continue;
        const float* from = fine + channel * m + y * row_of(fine_width) + x;
        const float own = *from * third;
        u += *from;
        p += (dc - 1) * own + third * from[2 * m];
        q += (dr - 1) * own + third * from[4 * m];
      }
    }
    float* to = coarse + channel * n + i;
    to[0] = u;
    to[2 * n] = p;
    to[4 * n] = q;
  }
}

// fine: the planes of coarse pixels of so many rows and columns, zero where chroma is fixed.
KERNEL block3_prolong(const float* coarse, const float* free, int has_free, float* fine,
                      int coarse_height, int coarse_width, int height, int width) {
  const int r = ROW, c = COLUMN;
  if (r > height || c > width) return;
  const index_t n = plane_of(height, width), m = plane_of(coarse_height, coarse_width), i = r * row_of(width) + c;
  const index_t from = ((r - 1) / 3 + 1) * row_of(coarse_width) + (c - 1) / 3 + 1;
  const float third = 1.0f / 3, dy = ((r - 1) % 3 - 1) * third, dx = ((c - 1) % 3 - 1) * third;
  const float own = has_free ? free[i] : 1.0f;
  for (int channel = 0; channel < 2; channel++) {
    const float* x = coarse + channel * m + from;
    const float p = x[2 * m], q = x[4 * m];
    fine[channel * n + i] = own * (x[0] + dx * p + dy * q);
    fine[(2 + channel) * n + i] = third * p;
    fine[(4 + channel) * n + i] = third * q;
  }
}

// x: one where a place of 3 x 3 recurs, in one unknown; place (3 row + column) 3 + unknown, for both
// channels.
KERNEL block3_set_probe(int first, int second, float* x, int height, int width) {
  const int r = ROW, c = COLUMN;
  if (r > height || c > width) return;
  const index_t n = plane_of(height, width), i = r * row_of(width) + c;
  const int own = (r - 1) % 3 * 3 + (c - 1) % 3;
  for (int k = 0; k < 6; k++) {
    const int place = k % 2 ? second : first;
    x[k * n + i] = place / 3 == own && place % 3 == k / 2 ? 1.0f : 0.0f;
  }
}

// The columns of the matrix that r shows, what it makes of such an x.
KERNEL block3_read_probe(const float* r, int first, int second, float* matrix, int height,
                         int width) {
  const int row = ROW, c = COLUMN;
  if (row > height || c > width) return;
  const index_t n = plane_of(height, width), i = row * row_of(width) + c;
  for (int channel = 0; channel < 2; channel++) {
    const int place = channel ? second : first, unknown = place % 3;
    const int down = (place / 9 + 4 - (row - 1) % 3) % 3, right = (place / 3 % 3 + 4 - (c - 1) % 3) % 3;
    for (int k = 0; k < 3; k++)
      matrix[((3 * (3 * down + right) + k) * 3 + unknown) * n + i] = r[(2 * k + channel) * n + i];
  }
}

// parts: the dot products of both channels; n is the length of a plane.
KERNEL block3_dot(const float* a, const float* b, double* parts, index_t n) {
  for (int k = 0; k < 2; k++) {
    double sum = 0;
    for (int j = k; j < 6; j += 2)
      for (index_t i = j * n + THREAD; i < (j + 1) * n; i += THREADS) sum += (double)a[i] * b[i];
    parts[k * THREADS + THREAD] = sum;
  }
}

// a = own a + scale b, channel by channel.
KERNEL block3_blend(float* a, float own0, float own1, float scale0, float scale1, const float* b,
                     index_t n) {
  for (int j = 0; j < 6; j++) {
    const float own = j % 2 ? own1 : own0, scale = j % 2 ? scale1 : scale0;
    for (index_t i = j * n + THREAD; i < (j + 1) * n; i += THREADS) a[i] = own * a[i] + scale * b[i];
  }
}

// x += scale e, channel by channel.
KERNEL block3_move(double* x, const float* e, double scale0, double scale1, index_t n) {
  for (int j = 0; j < 6; j++) {
    const double scale = j % 2 ? scale1 : scale0;
    for (index_t i = j * n + THREAD; i < (j + 1) * n; i += THREADS) x[i] += scale * e[i];
  }
}
