// One case of tests/cases/registry/: the registries that it starts, how the client is set up, and the questions.
// Reading and naming only; conformance_test.cpp asks. The format is described in tests/cases/registry/README.md.
#pragma once

#include <boost/json.hpp>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/registry/configuration.hpp"
#include "tests/support/registry/delay_proxy.hpp"
#include "tests/support/registry/peers.hpp"
#include "tests/support/registry/scripted_registry.hpp"

namespace lock::test {

class ConformanceCase {
 public:
  // `scratch` is an empty folder for credentials, caches and certificates.
  ConformanceCase(const std::filesystem::path& case_file, std::filesystem::path scratch);

  // Why this case cannot be shown here: a program is missing.
  [[nodiscard]] static std::optional<std::string> skip_reason(const std::filesystem::path& case_file);

  [[nodiscard]] const boost::json::array& steps() const { return steps_; }
  [[nodiscard]] registry::RegistryConfiguration client() const;
  // What is done with the program, where the case says it itself; else nullptr.
  [[nodiscard]] const boost::json::array* program() const { return program_ ? &*program_ : nullptr; }
  // Every image that a step asks for by name.
  [[nodiscard]] std::vector<std::string> images() const;
  // The texts of a step's question, with the numbers of `many` in them.
  [[nodiscard]] std::vector<std::string> texts_of(const boost::json::object& step, std::string_view question) const;

  // Replaces `${main}`, `${app}`, `${base64:…}` and the like by what they are in this run …
  [[nodiscard]] std::string expand(std::string_view text) const;
  // … and what they are in this run by their names, so that output can be compared.
  [[nodiscard]] std::string name_again(std::string text) const;

  // {"main": [content]}, {"main": [faults]}: what happens between two questions.
  void change_content(const boost::json::object& changes);
  void change_faults(const boost::json::object& changes);

  // Whoever shares the cache's folder may have written there.
  void spoil_cache() const;

  // What the registries were asked since the last call: one line for each kind of request, with its count.
  [[nodiscard]] std::string asked();
  [[nodiscard]] std::string connections() const;
  void show_targets() { show_targets_ = true; }  // instead of kinds

 private:
  void start(const std::string& name, const boost::json::object& description);
  void write_files(const boost::json::object& client);
  ScriptedRegistry& registry(std::string_view name) const;

  std::filesystem::path scratch_;
  Authority authority_;
  Identity client_identity_ = authority_.issue({"client.test"});
  boost::json::object client_;
  boost::json::array steps_;
  std::optional<boost::json::array> program_;
  std::map<std::string, std::unique_ptr<ScriptedRegistry>> registries_;
  std::map<std::string, std::unique_ptr<Http2Front>> fronts_;   // before some of them
  std::map<std::string, std::unique_ptr<DelayProxy>> proxies_;  // before those
  std::map<std::string, bool> tls_;
  bool show_targets_ = false;
};

}  // namespace lock::test
