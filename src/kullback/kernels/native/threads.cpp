#include "threads.hpp"

#include <atomic>
#include <system_error>
#include <thread>
#include <vector>

namespace kullback {
namespace {

std::atomic<int> allowed{1};

struct Work {
    std::atomic<long> next{0};
    long count;
    void (*task)(void*, long);
    void* context;

    void operator()() {
        for (long i = next++; i < count; i = next++) task(context, i);
    }
};

}  // namespace

void set_threads(int count) { allowed = count; }

void run_tasks(long count, void (*task)(void*, long), void* context) {
    Work work;
    work.count = count;
    work.task = task;
    work.context = context;
    std::vector<std::thread> others;
    const long wanted = allowed < count ? allowed.load() : count;
    try {
        for (long i = 1; i < wanted; ++i) others.emplace_back([&work] { work(); });
    } catch (const std::exception&) {
        // No more threads to be had: those there are do it all.
    }
    work();
    for (auto& other : others) other.join();
}

}  // namespace kullback
