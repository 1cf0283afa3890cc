// Threads: tasks of fixed size, so that the bits of a result do not depend on how many threads there are.
#pragma once

#include <cstddef>

namespace kullback {

using Index = std::ptrdiff_t;  // not long, which has 32 bits on Windows

void set_threads(int count);

// Calls task(context, i) for every i in [0, count), in any order, on as many threads as are allowed. The tasks may not
// touch Python and may not throw.
void run_tasks(Index count, void (*task)(void* context, Index index), void* context);

}  // namespace kullback
