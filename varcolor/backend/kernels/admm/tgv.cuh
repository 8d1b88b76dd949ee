// What the kernels of total generalised variation share. Arrays are those of
// varcolor/backend/kernels/admm/tgv.py: of K x, values 0 to 3 are first differences and 4 to 9
// second ones, value q in channel q % 2.
#pragma once
#include "tv.cuh"

#define FIRST_PLANES 4
#define VALUES 10
#define HALF 0.70710678118654752440

// The group of a value: first or second differences.
__device__ inline int group_of(int q) { return q < FIRST_PLANES ? 0 : 1; }

// Value q of K x at pixel i.
template <typename T>
__device__ inline T image_at(const float* root, const float* second_weights, const T* x, int q,
                             index_t i, index_t s, index_t n) {
  const int channel = q % 2;
  const T *u = x + channel * n, *across = u + 2 * n, *down = u + 4 * n;
  switch (q / 2) {
    case 0: return root[i] * (u[i + 1] - u[i] - across[i]);
    case 1: return root[n + i] * (u[i + s] - u[i] - down[i]);
    case 2: return second_weights[i] * (across[i + 1] - across[i]);
    case 3: return second_weights[n + i] * (down[i + s] - down[i]);
    default: {
      const T mixed = second_weights[n + i] * (across[i + s] - across[i]) +
                      second_weights[i] * (down[i + 1] - down[i]);
      return (T)HALF * mixed;
    }
  }
}

// K' f at pixel i in a channel, of f.at(value, pixel): for chroma and both slopes.
template <typename T, typename F>
__device__ inline void transposed_at(const F& f, const float* root, const float* second_weights,
                                     int channel, index_t i, index_t s, index_t n, T* out) {
  const index_t left = i - 1, above = i - s;
  const float *down = root + n, *along = second_weights + n;
  const T flow = root[i] * f.at(channel, i), fall = down[i] * f.at(2 + channel, i);
  const T own = f.at(8 + channel, i);
  out[0] = root[left] * f.at(channel, left) - flow + down[above] * f.at(2 + channel, above) - fall;
  T mixed = along[above] * f.at(8 + channel, above) - along[i] * own;
  out[1] = second_weights[left] * f.at(4 + channel, left) -
           second_weights[i] * f.at(4 + channel, i);
  out[1] += (T)HALF * mixed - flow;
  mixed = second_weights[left] * f.at(8 + channel, left) - second_weights[i] * own;
  out[2] = along[above] * f.at(6 + channel, above) - along[i] * f.at(6 + channel, i);
  out[2] += (T)HALF * mixed - fall;
}

// The length of group g of v at pixel i.
__device__ inline float length_at(const float* v, int g, index_t i, index_t n) {
  float sum = 0;
  for (int q = g ? FIRST_PLANES : 0; q < (g ? VALUES : FIRST_PLANES); q++)
    sum += v[q * n + i] * v[q * n + i];
  return sqrtf(sum);
}

// rho K x.
template <typename T>
struct Weighed {
  const float *root, *second_weights, *rho;
  const T* x;
  index_t s, n;
  __device__ inline T at(int q, index_t i) const {
    return rho[group_of(q) * n + i] * image_at(root, second_weights, x, q, i, s, n);
  }
};

// y + rho (K (x - base) - z); base is not read unless based. Held is what `held_of` says.
struct Flux {
  const float *root, *second_weights, *rho, *v, *held;
  const double *x, *base;
  int based;
  index_t s, n;
  __device__ inline double at(int q, index_t i) const {
    const index_t g = group_of(q) * n + i;
    double value = image_at(root, second_weights, x, q, i, s, n);
    if (based) value -= image_at(root, second_weights, base, q, i, s, n);
    return rho[g] * value + held[g] * v[q * n + i];
  }
};
