// What the kernels of total variation share. Arrays are those of
// varcolor/backend/kernels/admm/tv.py; a group is the four edges of a pixel, both channels.
#pragma once
#include "grid.cuh"

// From a pixel to the other end of its edge k.
__device__ inline index_t step_of(int k, index_t s) { return k ? s + k - 2 : 1; }

// Value q, K (u - base) along edge q / 2 in channel q % 2, of pixel i's group; base is not read
// unless based. In double precision, as all of K u is: chroma may vary by less than single tells.
__device__ inline double edge_at(const float* root, const double* u, const double* base, int based,
                                 int q, index_t i, index_t s, index_t n) {
  const index_t here = (q % 2) * n + i, there = here + step_of(q / 2, s);
  const double weight = root[(q / 2) * n + i], value = weight * (u[there] - u[here]);
  return based ? value - weight * (base[there] - base[here]) : value;
}

// The length of a group of v.
__device__ inline float length_at(const float* v, index_t i, index_t n) {
  float sum = 0;
  for (int q = 0; q < 8; q++) sum += v[q * n + i] * v[q * n + i];
  return sqrtf(sum);
}

// By what a group of v of this length enters its flux y + rho (K u - z).
__device__ inline float held_of(float rho, float length) {
  const float share = fminf(rho, 1 / fmaxf(length, 1e-30f));
  return share - (rho - share);
}
