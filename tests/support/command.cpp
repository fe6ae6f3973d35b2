#include "tests/support/command.hpp"

#include <boost/json.hpp>
#include <cstdlib>
#include <ostream>
#include <set>

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
             std::vector<std::string> arguments, std::optional<std::chrono::milliseconds> deadline) {
  const CacheVariable variable(cache);
  arguments.insert(arguments.begin(), {"-C", directory.string()});
  Ran ran;
  cli::Session session = cli::assemble();
  session.request_deadline = deadline;
  session.streams.read_input = [](std::size_t) { return std::string(); };
  session.streams.out = [&ran](std::string_view text) { ran.out += text; };
  session.streams.err = [&ran](std::string_view text) { ran.err += text; };
  ran.status = cli::run(arguments, session);
  return ran;
}

std::ostream& operator<<(std::ostream& out, const VerifyAnswer& answer) {
  return out << answer.status << " " << answer.check;
}

VerifyAnswer answer_of(const Ran& ran, std::vector<std::string>* said) {
  if (ran.status == 2) return {2, ran.err};
  const boost::json::value document = boost::json::parse(ran.out);
  std::set<std::string> all;
  std::string first_error, first_question;
  const auto check_of = [&all](const boost::json::value& one) {
    return *all.emplace(one.at("check").as_string()).first;
  };
  for (const auto& finding : document.at("findings").as_array()) {
    const std::string check = check_of(finding);
    if (finding.at("severity") == "error" && first_error.empty()) first_error = check;
  }
  for (const auto& question : document.at("undetermined").as_array()) {
    const std::string check = check_of(question);
    if (first_question.empty()) first_question = check;
  }
  all.erase("trusted-root-old");
  if (said != nullptr) said->assign(all.begin(), all.end());
  return {ran.status, first_error.empty() ? first_question : first_error};
}

}  // namespace lock::test
