// The conformance cases of registry clients: tests/cases/registry/*/case.json, found when the program runs. Everything
// that the client answers, says and asks is written down and compared with expected.txt. See the README there.
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>
#include <stdexcept>

#include "resolver/base/text.hpp"
#include "resolver/image/manifest.hpp"
#include "resolver/registry/client.hpp"
#include "tests/support/golden.hpp"
#include "tests/unit/resolver/registry/conformance_case.hpp"
#include "tests/unit/resolver/registry/conformance_program.hpp"

namespace lock::test {
namespace {

namespace json = boost::json;
using image::Reference;

class RegistryConformance : public testing::TestWithParam<std::string> {};

// Credential helpers are looked up in PATH.
class PathBefore {
 public:
  explicit PathBefore(const std::filesystem::path& folder) : before_(std::getenv("PATH")) {
    setenv("PATH", (folder.string() + ":" + before_).c_str(), 1);
  }
  ~PathBefore() { setenv("PATH", before_.c_str(), 1); }
  PathBefore(const PathBefore&) = delete;
  PathBefore& operator=(const PathBefore&) = delete;

 private:
  std::string before_;
};

std::string show_failure(const Error& error) {
  std::string out = "  " + std::string(name_of(error.kind)) + ": " + base::describe(error) + "\n";
  if (error.place && !error.place->file.empty()) {
    out += "  at " + error.place->file + ":" + std::to_string(error.place->position.line) + ":" +
           std::to_string(error.place->position.column) + "\n";
  }
  if (!error.hint.empty()) out += "  hint: " + error.hint + "\n";
  return out;
}

std::string show_parsed(const image::VerifiedBytes& bytes, std::string_view type) {
  const auto manifest = image::parse_manifest(bytes, type);
  if (!manifest) return "  not readable: " + show_failure(manifest.error()).substr(2);
  std::string out = manifest->kind == image::Manifest::Kind::index ? "  index of " : "  image of ";
  out += manifest->kind == image::Manifest::Kind::index ? std::to_string(manifest->manifests.size()) + " manifests"
                                                        : std::to_string(manifest->layers.size()) + " layers";
  return out + ", " + std::to_string(manifest->size) + " bytes\n";
}

std::string show(const Result<image::Resolution>& answer) {
  if (!answer) return show_failure(answer.error());
  std::string out = "  " + answer->digest.text() + " " + answer->media_type + "\n";
  if (answer->content) out += "  with its content:\n  " + show_parsed(*answer->content, answer->media_type);
  return out;
}

std::string show(const Result<image::ManifestContent>& answer) {
  if (!answer) return show_failure(answer.error());
  return "  " + answer->bytes.digest().text() + " " + answer->served_type + "\n" +
         show_parsed(answer->bytes, answer->served_type);
}

std::string show(const Result<image::VerifiedBytes>& answer) {
  if (!answer) return show_failure(answer.error());
  return "  " + answer->digest().text() + ", " + std::to_string(answer->bytes().size()) + " bytes\n";
}

std::string show(const Result<image::Presence>& answer) {
  if (!answer) return show_failure(answer.error());
  switch (*answer) {
    case image::Presence::present: return "  present\n";
    case image::Presence::gone: return "  gone\n";
    case image::Presence::only_at_mirror: return "  only at a mirror\n";
    case image::Presence::origin_silent: return "  at a mirror, and the registry cannot be reached\n";
  }
  return {};
}

std::string show(const Result<image::Referrers>& answer) {
  if (!answer) return show_failure(answer.error());
  std::string out = answer->proven_absent ? "  proven absent\n" : "";
  for (const image::Descriptor& descriptor : answer->manifests) {
    out += "  " + descriptor.digest.text() + " " + descriptor.media_type + " " + descriptor.artifact_type + "\n";
  }
  if (answer->unread) out += "  and a place unread:\n" + show_failure(*answer->unread);
  return out.empty() ? "  nothing, and no proof of absence\n" : out;
}

// How many questions of a large wave were answered, and the failures in full.
template <typename T>
std::string show_count(std::string_view question, const std::vector<std::string>& texts,
                       const std::vector<Result<T>>& answers) {
  std::size_t good = 0;
  std::string out;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (answers.at(i))
      ++good;
    else
      out += std::string(question) + " " + texts[i] + "\n" + show(answers.at(i));
  }
  return std::string(question) + ": " + std::to_string(good) + " of " + std::to_string(texts.size()) + " answered\n" +
         out;
}

template <typename T>
std::string show_all(std::string_view question, const std::vector<std::string>& texts,
                     const std::vector<Result<T>>& answers) {
  std::string out;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    out += std::string(question) + " " + texts[i] + "\n" + show(answers.at(i));
  }
  return out;
}

std::string indented(std::string_view text) {
  std::string out;
  for (const std::string_view line : base::split(text, '\n')) {
    if (!line.empty()) out += "  " + std::string(line) + "\n";
  }
  return out;
}

class CaseRun {
 public:
  CaseRun(const std::string& name, const std::filesystem::path& scratch)
      : case_(case_folder("registry", name) / "case.json", scratch), path_(scratch / "bin"), scratch_(scratch) {
    client_ = std::make_unique<registry::Client>(case_.client());
  }

  std::string text() {
    for (const json::value& step : case_.steps()) take(step.as_object());
    finish_run();
    if (show_connections_) out_ += "connections\n" + case_.connections();
    return case_.name_again(out_);
  }

 private:
  // One member says what is done; `many` repeats the list with numbers from 1 for every `#`.
  void take(const json::object& step) {
    for (const auto& [what, value] : step) {
      if (what == "content")
        case_.change_content(value.as_object());
      else if (what == "faults")
        case_.change_faults(value.as_object());
      else if (what == "new-run")
        new_run();
      else if (what == "connections")
        show_connections_ = value.as_bool();
      else if (what == "targets")
        case_.show_targets();
      else if (what == "spoil-cache")
        case_.spoil_cache();
      else if (what == "show-file")
        out_ += std::string(value.as_string()) + "\n" + indented(read_text(scratch_ / std::string(value.as_string())));
      else if (what != "many" && what != "most" && what != "quiet")
        ask(what, step);
    }
  }

  void new_run() {
    finish_run();
    out_ += "new run\n";
    client_ = std::make_unique<registry::Client>(case_.client());
  }

  void ask(std::string_view what, const json::object& step) {
    const std::vector<std::string> texts = case_.texts_of(step, what);
    std::vector<Reference> references;
    for (const std::string& text : texts) {
      auto reference = Reference::parse(text);
      if (reference)
        references.push_back(std::move(*reference));
      else
        out_ += std::string(what) + " " + text + "\n" + show_failure(reference.error());
    }
    if (references.size() < texts.size()) return;
    const auto add = [&](const auto& answers) {
      out_ += step.contains("quiet") ? show_count(what, texts, answers) : show_all(what, texts, answers);
    };
    const auto most = static_cast<std::size_t>(step.contains("most") ? step.at("most").as_int64() : 1 << 20);
    if (what == "resolve")
      add(client_->resolve(references));
    else if (what == "manifests")
      add(client_->manifests(references));
    else if (what == "blobs")
      add(client_->blobs(references, most));
    else if (what == "presence")
      add(client_->presence(references));
    else if (what == "referrers")
      add(client_->referrers(references));
    else
      throw std::runtime_error("a step has no member " + std::string(what));
  }

  void finish_run() {
    const registry::Statistics statistics = client_->statistics();
    std::set<std::string> said;  // sorted by the names of the case, not by port numbers
    const auto say = [&](std::string_view what, const std::string& line) {
      said.insert("  " + std::string(what) + ": " + case_.name_again(line) + "\n");
    };
    for (const std::string& line : statistics.warnings) say("warning", line);
    for (const std::string& line : statistics.credentials) say("credentials", line);
    for (const std::string& line : statistics.realms) say("realm", line);
    for (const std::string& line : statistics.notes) say("note", line);
    for (const auto& [host, counts] : statistics.hosts) {
      if (counts.quota_last.empty()) continue;
      say("quota of " + case_.name_again(host),
          counts.quota_first + " before, " + counts.quota_last + " after, of " + counts.quota_limit);
    }
    if (!said.empty()) out_ += "said\n";
    for (const std::string& line : said) out_ += line;
    out_ += "asked\n" + case_.asked();
  }

  ConformanceCase case_;
  PathBefore path_;
  std::filesystem::path scratch_;
  std::unique_ptr<registry::Client> client_;
  std::string out_;
  bool show_connections_ = false;
};

TEST_P(RegistryConformance, AnswersAsExpected) {
  if (const auto why = ConformanceCase::skip_reason(case_folder("registry", GetParam()) / "case.json"))
    GTEST_SKIP() << *why;
  const TemporaryFolder scratch;
  std::string actual;
  const auto start = std::chrono::steady_clock::now();
  ASSERT_NO_THROW({
    try {
      actual = CaseRun(GetParam(), scratch.path()).text();
    } catch (const std::exception& error) {
      FAIL() << error.what();
    }
  });
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(60)) << "no case may hang";
  expect_golden(case_folder("registry", GetParam()) / "expected.txt", actual);
}

TEST_P(RegistryConformance, ProgramEndsAsExpected) {
  const std::filesystem::path folder = case_folder("registry", GetParam());
  if (const auto why = ConformanceCase::skip_reason(folder / "case.json")) GTEST_SKIP() << *why;
  const TemporaryFolder scratch;
  const PathBefore path(scratch.path() / "bin");
  const std::string actual = run_program(folder / "case.json", scratch.path());
  if (actual.empty()) {
    EXPECT_FALSE(std::filesystem::exists(folder / "program.txt"));
    return;
  }
  expect_golden(folder / "program.txt", actual);
}

// CASES.md is made of what the cases say about themselves.
TEST(RegistryConformanceList, IsWhatTheCasesSay) {
  std::map<std::string, std::string> rows;
  for (const std::string& name : case_names("registry")) {
    const json::value text = load_json((case_folder("registry", name) / "case.json").string());
    rows[std::string(text.at("topic").as_string())] +=
        "| [" + name + "](" + name + "/case.json) | " + std::string(text.at("shows").as_string()) + " |\n";
  }
  std::string list =
      "# The cases by topic\n\nWritten by `LOCK_ACCEPT=1 lock_tests`. The attacks keep their numbers: a gap is one "
      "whose "
      "case stands elsewhere.\n";
  for (const auto& [topic, cases] : rows) list += "\n## " + topic + "\n\n| case | shows |\n|---|---|\n" + cases;
  expect_golden(case_folder("registry", "CASES.md"), list);
}

INSTANTIATE_TEST_SUITE_P(Cases, RegistryConformance, testing::ValuesIn(case_names("registry")), case_title);

}  // namespace
}  // namespace lock::test
