#include "tests/support/golden.hpp"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "resolver/base/place.hpp"
#include "tests/support/source_dir.hpp"

namespace lock::test {
namespace {

namespace fs = std::filesystem;

bool accepting() {
  const char* value = std::getenv("LOCK_ACCEPT");
  return value != nullptr && std::string_view(value) == "1";
}

std::string indent(const std::string& text) {
  std::string out;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    out += "    " + text.substr(begin, end - begin) + "\n";
    begin = end + 1;
  }
  return out;
}

std::string show_place(const Place& place) {
  if (place.file.empty() && place.line.empty()) return {};
  return place.file + ":" + std::to_string(place.position.line) + ":" + std::to_string(place.position.column) + ": ";
}

}  // namespace

std::vector<std::string> case_names(std::string_view subject) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(case_folder(subject, ""))) {
    if (entry.is_directory()) names.push_back(entry.path().filename().string());
  }
  if (names.empty()) throw std::logic_error("no cases for " + std::string(subject));
  std::ranges::sort(names);
  return names;
}

fs::path case_folder(std::string_view subject, std::string_view name) {
  return test::source_dir() / "tests" / "cases" / subject / name;
}

std::string case_title(const ::testing::TestParamInfo<std::string>& info) {
  std::string title = info.param;
  std::ranges::replace_if(title, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return title;
}

std::string read_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void expect_golden(const fs::path& expected, const std::string& actual) {
  const bool equal = fs::exists(expected) && read_text(expected) == actual;
  if (!equal && accepting()) {
    std::ofstream(expected, std::ios::binary) << actual;
    GTEST_SKIP() << "rewrote " << expected.string();
  }
  ASSERT_TRUE(fs::exists(expected)) << expected.string() << " does not exist; LOCK_ACCEPT=1 writes it:\n" << actual;
  EXPECT_EQ(read_text(expected), actual) << "LOCK_ACCEPT=1 rewrites " << expected.string();
}

TemporaryFolder::TemporaryFolder() {
  std::string name = (fs::temp_directory_path() / "lock-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a temporary folder");
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void TemporaryFolder::write(std::string_view file, std::string_view contents) const {
  fs::create_directories((path_ / file).parent_path());
  std::ofstream(path_ / file, std::ios::binary) << contents;
}

std::string TemporaryFolder::read(std::string_view file) const { return read_text(path_ / file); }

std::string show(const image::Finding& finding) {
  constexpr std::string_view severities[] = {"error", "warning", "note"};
  std::string text = show_place(finding.place);
  text += severities[static_cast<std::size_t>(finding.severity)];
  text += "[" + finding.check + "]: " + finding.message + "\n";
  text += indent(base::draw_caret(finding.place));
  const auto field = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) text += "  " + std::string(name) + ": " + value + "\n";
  };
  field("reference", finding.reference);
  field("digest", finding.digest);
  field("expected", finding.expected);
  field("actual", finding.actual);
  field("object", finding.object);
  field("hint", finding.hint);
  return text;
}

std::string show(const std::vector<image::Finding>& findings) {
  std::string text;
  for (const image::Finding& finding : findings) text += show(finding);
  return text;
}

std::string show(const Error& error) {
  std::string text = error.place ? show_place(*error.place) : std::string();
  text += std::string(base::name_of(error.kind)) + ": " + base::describe(error) + "\n";
  if (error.place) text += indent(base::draw_caret(*error.place));
  if (!error.hint.empty()) text += "  hint: " + error.hint + "\n";
  return text;
}

}  // namespace lock::test
