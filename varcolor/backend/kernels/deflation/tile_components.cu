// Sums over clusters of pixels, and adding values that are constant on clusters.
//
// labels: the cluster of every pixel of a bordered plane, from 1; 0 where there is none. pixels: the
// places of the pixels in such a plane, cluster by cluster; first: where those of each begin.
#include "grid.cuh"

// sums (count, 2) of r - image over every cluster, in the same order every time.
KERNEL restrict_to_tiles(const float* r, const float* image, const int* pixels, const int* first,
                         double* sums, index_t len_first, index_t plane) {
  for (index_t j = THREAD; j < 2 * (len_first - 1); j += THREADS) {
    const index_t k = j / 2, channel = j % 2 * plane;
    double sum = 0;
    for (int i = first[k]; i < first[k + 1]; i++)
      sum += r[channel + pixels[i]] - image[channel + pixels[i]];
    sums[j] = sum;
  }
}

// Adds the clusters' values (count + 1, 2), of which the first are zero, to z.
KERNEL prolong_from_tiles(const int* labels, const double* values, float* z, index_t plane) {
  for (index_t i = THREAD; i < plane; i += THREADS)
    for (int k = 0; k < 2; k++) z[k * plane + i] += (float)values[2 * labels[i] + k];
}
