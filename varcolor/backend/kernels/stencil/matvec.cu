// The matrix: products, and the vector updates of conjugate gradients.
#include "grid.cuh"

// A u, zero at fixed pixels; parts: the channels' dot products with u.
KERNEL product(const float* w, const float* reaction, const float* inverse, const float* u,
               float* out, double* parts, int height, int width) {
  const index_t s = row_of(width), n = plane_of(height, width), count = (index_t)height * width;
  double dots[2] = {0, 0};
  for (index_t j = THREAD; j < count; j += THREADS) {
    const index_t i = (j / width + 1) * s + j % width + 1;
    const bool free = inverse[i] != 0;
    for (int k = 0; k < 2; k++) {
      const float value = free ? product_at(w, reaction, u + k * n, i, s, n) : 0.0f;
      out[k * n + i] = value;
      dots[k] += (double)value * u[k * n + i];
    }
  }
  for (int k = 0; k < 2; k++) parts[k * THREADS + THREAD] = dots[k];
}

// The same for directed weights w (8 planes, neighbours in raster order).
KERNEL directed_product(const float* w, const float* reaction, const float* inverse, const float* u,
                        float* out, double* parts, int height, int width) {
  const index_t s = row_of(width), n = plane_of(height, width), count = (index_t)height * width;
  double dots[2] = {0, 0};
  for (index_t j = THREAD; j < count; j += THREADS) {
    const index_t i = (j / width + 1) * s + j % width + 1;
    const bool free = inverse[i] != 0;
    for (int k = 0; k < 2; k++) {
      const float value = free ? directed_at(w, reaction, u + k * n, i, s, n) : 0.0f;
      out[k * n + i] = value;
      dots[k] += (double)value * u[k * n + i];
    }
  }
  for (int k = 0; k < 2; k++) parts[k * THREADS + THREAD] = dots[k];
}

// parts: the dot products of both channels; n is the length of a plane.
KERNEL dot(const float* a, const float* b, double* parts, index_t n) {
  for (int k = 0; k < 2; k++) {
    double sum = 0;
    for (index_t i = THREAD; i < n; i += THREADS) sum += (double)a[k * n + i] * b[k * n + i];
    parts[k * THREADS + THREAD] = sum;
  }
}

// a += scale b, channel by channel.
KERNEL add_scaled(float* a, const float* b, float scale0, float scale1, index_t n) {
  for (index_t i = THREAD; i < n; i += THREADS) {
    a[i] += scale0 * b[i];
    a[n + i] += scale1 * b[n + i];
  }
}

// a = scale a + b, channel by channel.
KERNEL scale_and_add(float* a, const float* b, float scale0, float scale1, index_t n) {
  for (index_t i = THREAD; i < n; i += THREADS) {
    a[i] = scale0 * a[i] + b[i];
    a[n + i] = scale1 * a[n + i] + b[n + i];
  }
}

// e += scale p and r -= scale q; parts: the sums of squares of r.
KERNEL cg_update(float* e, const float* p, float* r, const float* q, float scale0, float scale1,
               double* parts, index_t n) {
  for (int k = 0; k < 2; k++) {
    const float scale = k ? scale1 : scale0;
    double sum = 0;
    for (index_t i = k * n + THREAD; i < (k + 1) * n; i += THREADS) {
      e[i] += scale * p[i];
      const float value = r[i] - scale * q[i];
      r[i] = value;
      sum += (double)value * value;
    }
    parts[k * THREADS + THREAD] = sum;
  }
}

// z += work; parts: the dot products of z and r, and the largest entry of slope (rows, 2) |z|.
KERNEL finish(float* z, const float* work, const float* r, const float* slope, int len_slope,
              double* parts, index_t n) {
  double dots[2] = {0, 0};
  float most = 0;
  for (index_t i = THREAD; i < n; i += THREADS) {
    const float x = z[i] + work[i], y = z[n + i] + work[n + i];
    z[i] = x;
    z[n + i] = y;
    dots[0] += (double)x * r[i];
    dots[1] += (double)y * r[n + i];
    for (int j = 0; j < len_slope; j++)
      most = fmaxf(most, slope[2 * j] * fabsf(x) + slope[2 * j + 1] * fabsf(y));
  }
  parts[THREAD] = dots[0];
  parts[THREADS + THREAD] = dots[1];
  parts[2 * THREADS + THREAD] = most;
}
