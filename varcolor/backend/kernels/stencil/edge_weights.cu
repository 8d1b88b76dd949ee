// Weights of the affinities and of Levin's equations, from the luma guide (H, W), double, and the
// pixels that take part, visible (H, W). Differences are taken in double precision, the rest is
// single. The formulas are in varcolor/energy/weights.py and levin.py; height and width are the
// photo's.
#include "grid.cuh"

// w (8 planes): Levin's row-normalised weights, neighbours in raster order; reach is
// -1 / ln(smallest weight).
KERNEL levin(const double* guide, const bool* visible, float* w, float variance_scale, float reach,
             float least, int height, int width) {
  const int r = ROW, c = COLUMN;
  if (r > height || c > width) return;
  const index_t n = plane_of(height, width), i = r * row_of(width) + c;
  const index_t here = (index_t)(r - 1) * width + c - 1;
  float square[8], first = 0, second = 0, count = 1, nearest = 1e30f, total = 0;
  bool present[8];
  for (int k = 0; k < 8; k++) {
    const int slot = k < 4 ? k : k + 1, dr = slot / 3 - 1, dc = slot % 3 - 1;
    const bool inside = r + dr >= 1 && r + dr <= height && c + dc >= 1 && c + dc <= width;
    const index_t there = here + (index_t)dr * width + dc;
    present[k] = inside && visible[here] && visible[there];
    if (!present[k]) continue;
    const float d = (float)(guide[here] - guide[there]);
    square[k] = d * d;
    first += d;
    second += square[k];
    count += 1;
    nearest = fminf(nearest, square[k]);
  }
  const float mean = first / count, variance = second / count - mean * mean;
  const float close = nearest < 1e30f ? nearest : 0.0f;
  const float scale = fmaxf(fmaxf(variance_scale * variance, reach * close), least);
  for (int k = 0; k < 8; k++) {
    square[k] = present[k] ? expf(-fminf(square[k] / scale, 87.0f)) : 0.0f;
    total += square[k];
  }
  for (int k = 0; k < 8; k++) w[k * n + i] = total > 0 ? square[k] / total : 0.0f;
}

// w (4 planes): the mean of both directions' weights plus least; edges without stay without.
KERNEL mean_of_both(const float* directed, float* w, float least, int height, int width) {
  const int r = ROW, c = COLUMN;
  if (r > height || c > width) return;
  const index_t s = row_of(width), n = plane_of(height, width), i = r * s + c;
  const index_t steps[4] = {1, s - 1, s, s + 1};
  for (int k = 0; k < 4; k++) {
    const float out = directed[(4 + k) * n + i], back = directed[(3 - k) * n + i + steps[k]];
    w[k * n + i] = out > 0 ? (out + back) * 0.5f + least : 0.0f;
  }
}

// w (4 planes): (1 + sharpness (dY^2 + share dG^2))^-power + least with a power of 1.5 or, if halved,
// 0.75; G is wide (H, W).
KERNEL two_scales(const double* guide, const double* blurred, const bool* visible, float* w,
                  float sharpness, float share, int halved, float least, int height,
                  int width) {
  const int r = ROW, c = COLUMN;
  if (r > height || c > width) return;
  const index_t n = plane_of(height, width), i = r * row_of(width) + c;
  const index_t here = (index_t)(r - 1) * width + c - 1;
  for (int k = 0; k < 4; k++) {
    const int dr = k ? 1 : 0, dc = k ? k - 2 : 1;
    const index_t there = here + (index_t)dr * width + dc;
    float value = 0;
    if (r + dr <= height && c + dc >= 1 && c + dc <= width && visible[here] && visible[there]) {
      const float d = (float)(guide[here] - guide[there]), e = (float)(blurred[here] - blurred[there]);
      const float sum = 1 + sharpness * d * d + sharpness * share * e * e, cube = sum * sqrtf(sum);
      value = 1 / (halved ? sqrtf(cube) : cube) + least;
    }
    w[k * n + i] = value;
  }
}

// Blur along columns (down) or rows by symmetric taps, from the centre on; outside, the
// picture goes on with its edge.
KERNEL blur(const double* guide, const double* taps, int len_taps, int down, double* out,
            int height, int width) {
  const int r = ROW - 1, c = COLUMN - 1;
  if (r >= height || c >= width) return;
  double sum = taps[0] * guide[(index_t)r * width + c];
  for (int k = 1; k < len_taps; k++) {
    const int r1 = down ? max(r - k, 0) : r, r2 = down ? min(r + k, height - 1) : r;
    const int c1 = down ? c : max(c - k, 0), c2 = down ? c : min(c + k, width - 1);
    sum += taps[k] * (guide[(index_t)r1 * width + c1] + guide[(index_t)r2 * width + c2]);
  }
  out[(index_t)r * width + c] = sum;
}
