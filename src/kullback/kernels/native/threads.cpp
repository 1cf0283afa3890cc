#include "threads.hpp"

#include <atomic>
#include <system_error>
#include <thread>
#include <vector>

namespace kullback {
namespace {

std::atomic<int> allowed{1};

struct Work {
    std::atomic<Index> next{0};
    Index count;
    void (*task)(void*, Index);
    void* context;

    void operator()() {
        for (Index i = next++; i < count; i = next++) task(context, i);
    }
};

}  // namespace

void set_threads(int count) { allowed = count; }

void run_tasks(Index count, void (*task)(void*, Index), void* context) {
    Work work;
    work.count = count;
    work.task = task;
    work.context = context;
    std::vector<std::thread> others;
    const int most = allowed;
    const Index wanted = most < count ? most : count;
    try {
        for (Index i = 1; i < wanted; ++i) others.emplace_back([&work] { work(); });
    } catch (const std::exception&) {
        // No more threads to be had: those there are do it all.
    }
    work();
    for (auto& other : others) other.join();
}

}  // namespace kullback
