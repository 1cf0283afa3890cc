// Threads: tasks of fixed size, so that the bits of a result do not depend on how many threads there are.
#pragma once

namespace kullback {

void set_threads(int count);

// Calls task(context, i) for every i in [0, count), in any order, on as many threads as are allowed. The tasks may not
// touch Python and may not throw.
void run_tasks(long count, void (*task)(void* context, long index), void* context);

}  // namespace kullback
