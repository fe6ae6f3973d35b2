// A coroutine that yields one value: how a question to a registry is written as straight code (probe, token, HEAD)
// while hundreds of them advance in one curl loop on one thread.
//
// A Task does nothing until it is awaited or started. It owns its frame: keep the Task alive until it is done.
// Everything runs on the thread of the loop (http.hpp); nothing here is thread-safe. Two rules for writers of tasks:
// parameters are taken by value or outlive the task, and what is awaited is a named variable or a plain call
// (g++ 12 destroys braced temporaries inside an await expression twice).
#pragma once

#include <coroutine>
#include <deque>
#include <exception>
#include <optional>
#include <utility>

namespace lock::registry {

template <typename T>
class [[nodiscard]] Task {
 public:
  struct promise_type {
    std::coroutine_handle<> continuation;
    std::optional<T> value;
    std::exception_ptr exception;
    bool started = false;

    struct FinalAwaiter {
      bool await_ready() const noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> self) const noexcept {
        const std::coroutine_handle<> next = self.promise().continuation;
        return next ? next : std::noop_coroutine();
      }
      void await_resume() const noexcept {}
    };

    Task get_return_object() { return Task(std::coroutine_handle<promise_type>::from_promise(*this)); }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    FinalAwaiter final_suspend() const noexcept { return {}; }
    template <typename U>
    void return_value(U&& result) {
      value.emplace(std::forward<U>(result));
    }
    void unhandled_exception() { exception = std::current_exception(); }
  };

  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      destroy();
      handle_ = std::exchange(other.handle_, nullptr);
    }
    return *this;
  }
  ~Task() { destroy(); }

  // Runs until it first waits; await it later for its value. This is how one task asks several things at once.
  void start() {
    handle_.promise().started = true;
    handle_.resume();
  }
  [[nodiscard]] bool done() const { return handle_.done(); }
  // The result; only when done, and only once.
  [[nodiscard]] T take() {
    promise_type& promise = handle_.promise();
    if (promise.exception) std::rethrow_exception(promise.exception);
    return std::move(*promise.value);
  }

  [[nodiscard]] bool await_ready() const noexcept { return handle_.done(); }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> caller) noexcept {
    promise_type& promise = handle_.promise();
    promise.continuation = caller;
    if (promise.started) return std::noop_coroutine();
    promise.started = true;
    return handle_;
  }
  T await_resume() { return take(); }

 private:
  explicit Task(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  void destroy() {
    if (handle_) handle_.destroy();
  }
  std::coroutine_handle<promise_type> handle_;
};

// Coroutines that may go on. Whoever makes others runnable posts them here instead of resuming them, so that no chain
// of wake-ups grows the stack; the loop resumes them in order.
class ReadyQueue {
 public:
  void post(std::coroutine_handle<> handle) { handles_.push_back(handle); }
  void run() {
    while (!handles_.empty()) {
      const std::coroutine_handle<> next = handles_.front();
      handles_.pop_front();
      next.resume();
    }
  }
  [[nodiscard]] bool empty() const { return handles_.empty(); }

 private:
  std::deque<std::coroutine_handle<>> handles_;
};

// Something that many wait for and that happens once: `co_await signal.wait()`. (Awaiting the Signal itself would let
// g++ 12 wait on a copy of it.)
class Signal {
 public:
  explicit Signal(ReadyQueue& ready) : ready_(&ready) {}
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;

  struct Waiting {
    Signal* signal;
    [[nodiscard]] bool await_ready() const noexcept { return signal->happened_; }
    void await_suspend(std::coroutine_handle<> caller) { signal->waiting_.push_back(caller); }
    void await_resume() const noexcept {}
  };
  [[nodiscard]] Waiting wait() { return Waiting{this}; }
  void happen() {
    happened_ = true;
    for (const std::coroutine_handle<> caller : waiting_) ready_->post(caller);
    waiting_.clear();
  }

 private:
  ReadyQueue* ready_;
  bool happened_ = false;
  std::deque<std::coroutine_handle<>> waiting_;
};

}  // namespace lock::registry
