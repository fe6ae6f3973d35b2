#include "tests/support/command.hpp"

#include <cstdlib>
#include <optional>

#include "cli/assemble.hpp"
#include "cli/run.hpp"

namespace lock::test {
namespace {

// The variable is what it was before, afterwards.
class CacheVariable {
 public:
  explicit CacheVariable(const std::filesystem::path& folder) {
    if (const char* before = std::getenv(kName)) before_ = before;
    setenv(kName, folder.c_str(), 1);
  }
  ~CacheVariable() {
    if (before_) {
      setenv(kName, before_->c_str(), 1);
    } else {
      unsetenv(kName);
    }
  }
  CacheVariable(const CacheVariable&) = delete;
  CacheVariable& operator=(const CacheVariable&) = delete;

 private:
  static constexpr const char* kName = "LOCK_CACHE";
  std::optional<std::string> before_;
};

}  // namespace

Ran run_lock(const std::filesystem::path& directory, const std::filesystem::path& cache,
             std::vector<std::string> arguments) {
  const CacheVariable variable(cache);
  arguments.insert(arguments.begin(), {"-C", directory.string()});
  Ran ran;
  cli::Session session = cli::assemble();
  session.streams.read_input = [](std::size_t) { return std::string(); };
  session.streams.out = [&ran](std::string_view text) { ran.out += text; };
  session.streams.err = [&ran](std::string_view text) { ran.err += text; };
  ran.status = cli::run(arguments, session);
  return ran;
}

}  // namespace lock::test
