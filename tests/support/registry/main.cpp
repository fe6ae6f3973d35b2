// lock_fake_registry: the scripted registry as a program, for shell tests.
//
//   lock_fake_registry [--personality NAME] [--content FILE] [--faults FILE] [--tls FOLDER]
//
// Prints one line `DOOR HOST:PORT` for each of the doors registry, token and other, then `ready`, and serves until its
// standard input ends. With --tls every door speaks TLS and the authority's certificate is FOLDER/ca.pem. What was
// asked: GET /_counters (JSON) and /_log; POST /_content, /_faults and /_forget change it; GET /_expand?text=… replaces
// `${name}`. Exit status: 0, or 2 when an argument or a file is wrong.
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "tests/support/registry/scripted_registry.hpp"

namespace {

using lock::test::Authority;
using lock::test::RegistryOptions;
using lock::test::ScriptedRegistry;

int run(const std::vector<std::string>& arguments) {
  RegistryOptions options;
  std::string content;
  for (std::size_t i = 0; i < arguments.size(); i += 2) {
    const std::string& name = arguments[i];
    if (i + 1 == arguments.size()) throw std::runtime_error(name + " needs a value");
    const std::string& value = arguments[i + 1];
    if (name == "--personality") {
      options.personality = lock::test::load_personality(value);
    } else if (name == "--content") {
      content = value;
    } else if (name == "--faults") {
      options.faults = lock::test::read_faults(lock::test::load_json(value).as_array());
    } else if (name == "--tls") {
      const Authority authority;
      options.identity = authority.issue_for_loopback();
      lock::test::write_text(value + "/ca.pem", authority.certificate());
    } else {
      throw std::runtime_error("unknown option " + name);
    }
  }
  ScriptedRegistry registry(std::move(options));
  if (!content.empty()) {
    const boost::json::value description = lock::test::load_json(content);
    registry.change([&](lock::test::Content& stored) { stored.describe(description.as_array()); });
  }
  for (const char* door : {"registry", "token", "other"}) std::cout << door << ' ' << registry.host(door) << '\n';
  std::cout << "ready" << std::endl;
  char ignored = 0;
  while (::read(STDIN_FILENO, &ignored, 1) > 0) continue;
  return 0;
}

}  // namespace

int main(int count, char** words) {
  try {
    return run({words + 1, words + count});
  } catch (const std::exception& error) {
    std::cerr << "lock_fake_registry: " << error.what() << '\n';
    return 2;
  }
}
