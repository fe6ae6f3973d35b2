// The Dockerfile collector beside BuildKit's own parser (tests/support/oracles/dockerfile, a Go program).
//
// LOCK_DOCKERFILE_ORACLE names the built program; without it these tests are skipped. tests/e2e/dockerfile_oracle.sh
// builds it where there is Go. LOCK_DOCKERFILES may name a folder of further Dockerfiles, searched recursively.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <tuple>

#include "resolver/base/json.hpp"
#include "resolver/base/process.hpp"
#include "resolver/base/text.hpp"
#include "resolver/collect/dockerfile.hpp"
#include "tests/support/golden.hpp"

namespace lock::test {
namespace {

namespace fs = std::filesystem;

struct OracleRow {
  std::string where;
  std::uint64_t begin = 0;  // lines of the instruction
  std::uint64_t end = 0;
  std::string text;
  bool unmatched = false;
  bool platform = false;
  bool refused = false;
};

struct OracleFile {
  std::vector<OracleRow> rows;
  std::string error;
};

bool flag(const boost::json::object& row, std::string_view name) {
  const auto* value = base::find(row, name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

std::map<std::string, OracleFile> ask(const std::string& oracle, const std::vector<std::string>& files) {
  base::ProcessRequest request;
  request.arguments = {oracle, "-"};
  request.input = base::join(files, "\n") + "\n";
  const auto answer = base::run_process(request);
  std::map<std::string, OracleFile> out;
  if (!answer || answer->exit_status != 0) {
    ADD_FAILURE() << (answer ? answer->errors : describe(answer.error()));
    return out;
  }
  for (const std::string_view line : base::split(answer->output, '\n')) {
    if (line.empty()) continue;
    const auto parsed = base::parse_json(line, "the oracle's answer");
    if (!parsed) {
      ADD_FAILURE() << line;
      continue;
    }
    const boost::json::object& row = parsed->as_object();
    OracleFile& file = out[std::string(base::find_string(row, "file").value_or(""))];
    file.error = base::find_string(row, "error").value_or("");
    if (!file.error.empty()) continue;
    file.rows.push_back({std::string(base::find_string(row, "where").value_or("")),
                         base::find_unsigned(row, "line").value_or(0), base::find_unsigned(row, "end").value_or(0),
                         std::string(base::find_string(row, "text").value_or("")), flag(row, "unmatched"),
                         flag(row, "platform"), flag(row, "refused")});
  }
  return out;
}

std::string where_of(const image::Occurrence& occurrence) {
  const std::size_t slash = occurrence.path.find('/');
  return slash == std::string::npos ? occurrence.path : occurrence.path.substr(slash + 1);
}

// Nobody can take this for an image: the collector leaves a note, a row without a value, or nothing.
bool may_be_left_out(const OracleRow& theirs) {
  return !theirs.refused && !theirs.unmatched && !theirs.platform && !image::Reference::parse(theirs.text);
}

// Whether one of our rows says the same as one of the oracle's.
bool agrees(const OracleRow& theirs, const image::Occurrence& ours) {
  if (ours.status == image::Status::unresolved) {
    const bool number = theirs.text.find_first_not_of("+-0123456789") == std::string::npos;  // a mount's from=0
    return theirs.unmatched || theirs.platform || theirs.refused || number || may_be_left_out(theirs);
  }
  const auto reference = image::Reference::parse(theirs.text);
  return !theirs.platform && !theirs.refused && reference && *reference == *ours.reference;
}

class Comparison {
 public:
  Comparison(const OracleFile& theirs, const image::Collected& ours)
      : theirs_(theirs), ours_(ours), used_(ours.occurrences.size(), false) {}

  // The differences, one line each.
  std::string run() {
    std::string out;
    for (const OracleRow& row : theirs_.rows) {
      if (may_be_left_out(row) || match(row)) continue;
      if (row.unmatched && !image::Reference::parse(row.text)) continue;  // all of it a default that is no name
      out += "  missed: " + std::to_string(row.begin) + " " + row.where + " " + row.text +
             (row.unmatched ? " unmatched" : "") + (row.platform ? " platform" : "") + "\n";
    }
    for (const OracleRow& row : theirs_.rows) {
      if (may_be_left_out(row)) match(row);
    }
    for (std::size_t i = 0; i < used_.size(); ++i) {
      const image::Occurrence& occurrence = ours_.occurrences[i];
      // Our oracle knows two platforms; a stage on both may still be an image on a third.
      if (used_[i] || occurrence.reason.find(" decides which stage ") != std::string::npos) continue;
      out += "  invented: " + std::to_string(occurrence.position.line) + " " + where_of(occurrence) + " " +
             occurrence.written + " = " +
             (occurrence.reference ? occurrence.reference->canonical() : occurrence.reason) + "\n";
    }
    return out;
  }

 private:
  bool match(const OracleRow& row) {
    for (std::size_t i = 0; i < used_.size(); ++i) {
      const image::Occurrence& occurrence = ours_.occurrences[i];
      const std::uint64_t line = occurrence.position.line;
      if (used_[i] || where_of(occurrence) != row.where || line < row.begin || line > row.end) continue;
      if (!agrees(row, occurrence)) continue;
      used_[i] = true;
      return true;
    }
    return false;
  }

  const OracleFile& theirs_;
  const image::Collected& ours_;
  std::vector<bool> used_;
};

bool complains(const image::Collected& ours) {
  return !ours.problems.empty() || std::ranges::any_of(ours.occurrences, [](const image::Occurrence& occurrence) {
    return occurrence.status == image::Status::unresolved;
  });
}

struct Tally {
  std::size_t files = 0;
  std::size_t references = 0;
  std::size_t refused = 0;                       // by BuildKit
  std::map<std::string, std::size_t> unnoticed;  // of those, without a word from us, by BuildKit's message
};

// An error that ends a build only behind the names: what a RUN does, flags of other instructions.
std::string kind_of(const std::string& error) {
  const std::size_t colon = error.rfind(": ");
  std::string text = error.substr(error.starts_with("dockerfile parse error on line") ? error.find(": ") + 2 : 0);
  if (colon != std::string::npos && text.size() > 60) text = text.substr(0, 60);
  return base::harmless(text);
}

Tally compare_all(const std::string& oracle, const std::vector<std::string>& files) {
  Tally tally;
  auto answers = ask(oracle, files);
  for (const std::string& path : files) {
    const collect::SourceText source(path, read_text(path));
    const image::Collected ours = collect::collect_dockerfile(collect::MappedText::whole(source));
    const OracleFile& theirs = answers[path];
    ++tally.files;
    if (!theirs.error.empty()) {
      ++tally.refused;
      if (!complains(ours)) ++tally.unnoticed[kind_of(theirs.error)];
      continue;
    }
    tally.references += ours.occurrences.size();
    const std::string differences = Comparison(theirs, ours).run();
    EXPECT_EQ(differences, "") << path << "\n" << (source.bytes().size() < 4000 ? source.bytes() : "");
    // What a build takes, we must not call unreadable. (Its own text is read byte by byte, so is ours.)
    for (const auto& problem : ours.problems) {
      const bool told = problem.check == "unreadable-file" && problem.message != "invalid UTF-8" &&
                        problem.message.find("NUL") == std::string::npos;
      EXPECT_FALSE(told) << path << ":" << problem.place.position.line << ": " << problem.message << "\n"
                         << (source.bytes().size() < 4000 ? source.bytes() : "");
    }
  }
  return tally;
}

void print(const Tally& tally) {
  std::printf("%zu files, %zu references, %zu refused by BuildKit\n", tally.files, tally.references, tally.refused);
  for (const auto& [error, count] : tally.unnoticed) std::printf("  not noticed %zu times: %s\n", count, error.c_str());
}

std::vector<std::string> dockerfiles_under(const fs::path& folder) {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder, fs::directory_options::skip_permission_denied)) {
    const std::string path = entry.path().string();
    if (entry.is_regular_file() && collect::claim_dockerfile(path) != collect::Claim::none) files.push_back(path);
  }
  std::ranges::sort(files);
  return files;
}

// ---- random Dockerfiles
class Generator {
 public:
  explicit Generator(std::uint32_t seed) : random_(seed) {}

  std::string dockerfile() {
    std::string out;
    backtick_ = chance(8);
    if (chance(5))
      out += pick({"# syntax=docker/dockerfile:1", "#syntax = a/b:1 x", "# a comment", "#!/bin/x", "// syntax=x/y:2",
                   " # syntax=c/d:1", "# check=skip=all"}) +
             "\n";
    if (backtick_) out = "# escape=`\n" + out;
    if (chance(3)) out += pick({"# syntax=docker/dockerfile:1.7", "# nothing"}) + "\n";
    for (std::size_t i = below(4); i > 0; --i) out += arg();
    for (std::size_t i = 1 + below(4); i > 0; --i) stage(out);
    if (chance(6)) out.pop_back();
    return chance(10) ? "\xef\xbb\xbf" + out : out;
  }

 private:
  std::size_t below(std::size_t bound) { return random_() % bound; }
  bool chance(std::size_t one_in) { return below(one_in) == 0; }
  std::string pick(std::initializer_list<const char*> all) { return *(all.begin() + below(all.size())); }
  std::string escape() { return backtick_ ? "`" : "\\"; }
  std::string name() { return pick({"A", "B", "C", "IMG", "TAG", "TARGETARCH", "BUILDOS", "TARGETVARIANT"}); }

  std::string word(int depth = 0) {
    std::string out;
    for (std::size_t i = 1 + below(2); i > 0; --i) out += piece(depth);
    return out;
  }

  // No patterns over the platform's arguments: one that takes everything away leaves a known text, which the
  // collector does not look for.
  std::string piece(int depth) {
    if (depth > 2) return pick({"x", "1", "alpine"});
    switch (below(16)) {
      case 0: return "$" + name();
      case 1: return "${" + name() + "}";
      case 2: return "${" + name() + pick({":-", "-", ":+", "+"}) + word(depth + 1) + "}";
      case 3: return "${" + pick({"A", "B", "C", "IMG"}) + pick({"#", "##", "%", "%%"}) + pattern() + "}";
      case 4:
        return "${" + pick({"A", "B", "C", "IMG"}) + pick({"/", "//"}) + pattern() + "/" + pick({"y", "", "z-", "$A"}) +
               "}";
      case 5: return "\"" + word(depth + 1) + "\"";
      case 6: return "'" + pick({"a", "b:1", "$A", "x\"y"}) + "'";
      case 7: return escape() + pick({"a", "$", "\"", ":", "}", "-"});
      case 8:
        if (!chance(4)) return "1";
        return pick({"${A:?no}", "${B?}", "$", "${", "${A^}", "$1", "$_", "${A:1}", "<", "<<E"});
      default: return pick({"alpine", "nginx", "a/b", "reg.io:5000/x", "1.2", ":3", "-slim", "@sha256", "x"});
    }
  }

  std::string pattern() { return pick({"*", "?", "a", "*:", ":*", ".*", "*.", "a*", "\\*", "[a]", "", "$B", "1"}); }

  std::string image() {
    if (chance(4)) return word();
    std::string out = pick({"alpine", "nginx:1.25", "ghcr.io/a/b:1", "one", "Two", "scratch", "reg.io:5000/x/y", "0"});
    if (chance(4)) out = "\"" + out + "\"";
    return out;
  }

  std::string blank() {
    if (!chance(6)) return chance(8) ? "\t " : " ";
    std::string out = " " + escape() + pick({"\n", " \n", "\r\n", "\t\n"});
    if (chance(3)) out += pick({"# between\n", "  # FROM x\n", "\n", " \t\n"});
    return out + pick({"", "  ", "\t"});
  }

  std::string keyword(std::string_view text) {
    std::string out(text);
    if (chance(6)) out = base::to_lower(out);
    if (chance(30)) out.insert(1 + below(out.size() - 1), escape() + "\n");
    return chance(20) ? "  " + out : out;
  }

  std::string end() { return chance(15) ? "\r\n" : chance(15) ? "  \n" : "\n"; }

  std::string arg() {
    std::string out = keyword("ARG");
    for (std::size_t i = 1 + below(2); i > 0; --i) {
      out += blank() + name();
      if (!chance(3)) out += "=" + (chance(3) ? pick({"", "alpine", "1.25", "\"a b\"", "nginx:1", "v1.2.3"}) : word());
    }
    return out + end();
  }

  std::string mount() {
    std::string out = pick({"type=bind,", "type=cache,", "", "type=tmpfs,"});
    out += pick({"from=", "FROM=", "from=", "target=/x,from="}) + image();
    if (chance(3)) out += pick({",target=/y", ",source=/z,target=/y", ",from=last:1,target=/x"});
    if (chance(6)) return "'" + out + "'";
    return out;
  }

  std::string flags(bool run) {
    std::string out;
    for (std::size_t i = below(3); i > 0; --i) {
      if (run) {
        out += blank() + "--mount=" + mount();
      } else {
        out += blank() + (i == 2 ? "--link" : "--from=" + image());
      }
    }
    return out + (chance(30) ? " --" : "");
  }

  std::string command() {
    const bool run = chance(2);
    std::string out = keyword(run ? "RUN" : "COPY") + flags(run);
    switch (below(8)) {
      case 0: return out + heredoc(run);
      case 1: return out + blank() + "[\"a\", \"b <<E\"]" + end();
      case 2: return out + blank() + "a" + blank() + "'b #c' " + end();
      case 3: return out + " a" + blank() + "b" + escape() + escape() + end();
      default: return out + blank() + "a b" + end();
    }
  }

  std::string heredoc(bool run) {
    std::string out = run ? pick({" cat ", " ", " x && "}) : " ";
    std::string bodies;
    for (std::size_t i = 1 + below(2); i > 0; --i) {
      const std::string tag = pick({"EOF", "E2", "X"});
      const bool dash = chance(3);
      out += pick({"", "3"}) + (dash ? "<<-" : "<<") + (chance(3) ? " " : "") +
             (chance(3)   ? "\"" + tag + "\""
              : chance(4) ? "'" + tag + "'"
                          : tag) +
             " ";
      bodies += pick({"FROM no:1\n", "\n", "# x\n", "COPY --from=no:2 a b\n", ""});
      bodies += (dash && chance(2) ? "\t" : "") + tag + "\n";
    }
    return out + (run ? "" : "/dst/") + "\n" + bodies;
  }

  void stage(std::string& out) {
    out += keyword("FROM");
    if (chance(6)) out += blank() + pick({"--platform=$BUILDPLATFORM", "--platform=linux/amd64"});
    out += blank() + image();
    if (chance(2)) out += blank() + pick({"AS", "as"}) + blank() + pick({"one", "Two", "three.x"});
    out += end();
    for (std::size_t i = below(5); i > 0; --i) {
      if (chance(8)) out += arg();
      if (chance(8)) out += pick({"# FROM x\n", "\n", "ENV A=2\n", "CMD [\"x\"]\n", "LABEL a=\"FROM x\"\n"});
      out += (chance(8) ? keyword("ONBUILD") + " " : "") + command();
    }
  }

  std::mt19937 random_;
  bool backtick_ = false;
};

class DockerfileOracle : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* oracle = std::getenv("LOCK_DOCKERFILE_ORACLE");
    if (oracle == nullptr) GTEST_SKIP() << "LOCK_DOCKERFILE_ORACLE names no program";
    oracle_ = oracle;
  }
  std::string oracle_;
};

TEST_F(DockerfileOracle, AgreesOnEveryCase) {
  print(compare_all(oracle_, dockerfiles_under(case_folder("collect/dockerfile", ""))));
}

TEST_F(DockerfileOracle, AgreesOnOtherPeoplesFiles) {
  const char* folder = std::getenv("LOCK_DOCKERFILES");
  if (folder == nullptr) GTEST_SKIP() << "LOCK_DOCKERFILES names no folder";
  print(compare_all(oracle_, dockerfiles_under(folder)));
}

TEST_F(DockerfileOracle, AgreesOnRandomFiles) {
  const char* given = std::getenv("LOCK_SEED");
  const auto seed = static_cast<std::uint32_t>(given == nullptr ? 1 : std::atoi(given));
  const TemporaryFolder folder;
  std::vector<std::string> files;
  for (std::uint32_t i = 0; i < 4000; ++i) {
    const std::string name = std::to_string(i) + ".Dockerfile";
    folder.write(name, Generator(seed * 100000 + i).dockerfile());
    files.push_back((folder.path() / name).string());
  }
  print(compare_all(oracle_, files));
}

}  // namespace
}  // namespace lock::test
