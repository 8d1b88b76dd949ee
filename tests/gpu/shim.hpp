// What CUDA C++ has and C++ has not, so that a C++ compiler takes the kernels: blocks and threads run
// as loops, one after the other. Threads of kernels with barriers are given a stack of their own and
// run from barrier to barrier.
#pragma once
#include <setjmp.h>
#include <ucontext.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <vector>

using std::isinf;
using std::max;
using std::min;

// Hidden, or the C library would answer to some of the names.
#define __global__ __attribute__((visibility("hidden")))
#define __device__
#define __shared__ static

struct Index {
  unsigned x, y, z;
};
static Index gridDim, blockDim, blockIdx, threadIdx;

// Whether blocks and threads run last to first: a result that depends on it has a race.
extern "C" {
int backwards = 0;
}

namespace shim {

constexpr std::size_t stack_size = 1 << 16;

struct Fiber {
  ucontext_t context;
  jmp_buf place;
  bool started, done;
};
static std::vector<Fiber> fibers;
static std::vector<char> stacks;
static std::function<void()> body;
static jmp_buf scheduler;
static unsigned current;

static void enter() {
  body();
  fibers[current].done = true;
  _longjmp(scheduler, 1);
}

static void barrier() {
  if (!_setjmp(fibers[current].place)) _longjmp(scheduler, 1);
}

static unsigned nth(unsigned i, unsigned count) { return backwards ? count - 1 - i : i; }

static void to(unsigned t) {
  current = t;
  threadIdx = {t % blockDim.x, t / blockDim.x, 0};
}

static void resume() {
  if (_setjmp(scheduler)) return;
  Fiber& fiber = fibers[current];
  if (fiber.started) _longjmp(fiber.place, 1);
  fiber.started = true;
  setcontext(&fiber.context);
}

static void block_with_barriers() {
  const unsigned count = blockDim.x * blockDim.y;
  fibers.resize(count);
  stacks.resize(count * stack_size);
  for (unsigned t = 0; t < count; t++) {
    Fiber& fiber = fibers[t];
    fiber.started = fiber.done = false;
    getcontext(&fiber.context);
    fiber.context.uc_stack.ss_sp = stacks.data() + t * stack_size;
    fiber.context.uc_stack.ss_size = stack_size;
    fiber.context.uc_link = nullptr;
    makecontext(&fiber.context, enter, 0);
  }
  for (unsigned done = 0; done < count;) {
    done = 0;
    for (unsigned i = 0; i < count; i++) {
      const unsigned t = nth(i, count);
      to(t);
      if (fibers[t].done) {
        std::fputs("a thread ended while others wait at a barrier\n", stderr);
        std::abort();
      }
      resume();
    }
    for (unsigned t = 0; t < count; t++) done += fibers[t].done;
    if (done && done < count) {
      std::fputs("the threads of a block disagree about a barrier\n", stderr);
      std::abort();
    }
  }
}

static void run(bool barriers, Index grid, Index block, std::function<void()> kernel) {
  gridDim = grid;
  blockDim = block;
  body = kernel;
  for (unsigned y = 0; y < grid.y; y++)
    for (unsigned x = 0; x < grid.x; x++) {
      blockIdx = {nth(x, grid.x), nth(y, grid.y), 0};
      if (barriers) {
        block_with_barriers();
        continue;
      }
      for (unsigned t = 0; t < block.x * block.y; t++) {
        to(nth(t, block.x * block.y));
        body();
      }
    }
}

}  // namespace shim

#define __syncthreads() shim::barrier()
