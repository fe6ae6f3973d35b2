// Runs one wave: a task for each distinct question, so many at once, answers in the order of the questions.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "resolver/image/reference.hpp"
#include "resolver/registry/http.hpp"

namespace lock::registry {

// The order in which distinct questions are begun: registries take turns, so that a dead or slow one does not hold
// the places of all the others.
[[nodiscard]] std::vector<std::size_t> interleave_registries(std::span<const image::Reference> references);

// `ask(reference)` makes a Task<Result<T>>. Equal references are asked once.
template <typename T, typename Ask>
std::vector<Result<T>> run_wave(HttpLoop& loop, std::span<const image::Reference> references, std::size_t at_once,
                                Ask ask) {
  std::map<image::Reference, std::size_t> distinct;
  std::vector<image::Reference> questions;
  std::vector<std::size_t> question_of;
  for (const image::Reference& reference : references) {
    const auto [entry, added] = distinct.emplace(reference, questions.size());
    if (added) questions.push_back(reference);
    question_of.push_back(entry->second);
  }
  const std::vector<std::size_t> order = interleave_registries(questions);
  std::vector<std::optional<Result<T>>> answers(questions.size());
  std::size_t next = 0;
  const auto work = [&]() -> Task<bool> {
    while (next < order.size()) {
      const std::size_t mine = order[next++];
      Task<Result<T>> task = ask(questions[mine]);
      Result<T> answer = co_await task;
      answers[mine].emplace(std::move(answer));
    }
    co_return true;
  };
  std::vector<Task<bool>> workers;
  for (std::size_t i = 0; i < std::min(at_once, order.size()); ++i) {
    workers.push_back(work());
    workers.back().start();
  }
  loop.run();
  for (Task<bool>& worker : workers) {
    if (!worker.done()) throw std::logic_error("a question to a registry waits for something that never comes");
    static_cast<void>(worker.take());
  }
  std::vector<Result<T>> results;
  results.reserve(references.size());
  for (const std::size_t question : question_of) results.push_back(*answers[question]);
  return results;
}

}  // namespace lock::registry
