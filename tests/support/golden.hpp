// Cases as data: each folder of tests/cases/<subject>/ is one, and a test compares what the program makes of its input
// with a file beside it. With LOCK_ACCEPT=1 in the process environment the file is rewritten and the test skipped.
//
//   class DocumentCase : public ::testing::TestWithParam<std::string> {};
//   TEST_P(DocumentCase, Reads) { const auto folder = case_folder("document", GetParam()); expect_golden(…); }
//   INSTANTIATE_TEST_SUITE_P(Cases, DocumentCase, ::testing::ValuesIn(case_names("document")), case_title);
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/error.hpp"
#include "resolver/image/finding.hpp"

namespace lock::test {

[[nodiscard]] std::vector<std::string> case_names(std::string_view subject);  // sorted; fails the run when none
[[nodiscard]] std::filesystem::path case_folder(std::string_view subject, std::string_view name);
[[nodiscard]] std::string case_title(const ::testing::TestParamInfo<std::string>& info);
[[nodiscard]] std::string read_text(const std::filesystem::path& path);

// A void assertion: the whole of `actual` is what stands in `expected`.
void expect_golden(const std::filesystem::path& expected, const std::string& actual);

// A folder of its own under the temporary folder, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  // Makes the folders in between.
  void write(std::string_view file, std::string_view contents) const;
  [[nodiscard]] std::string read(std::string_view file) const;

 private:
  std::filesystem::path path_;
};

// `file:line:column: error[check]: message`, the caret, the hint: a finding as a person would see it.
[[nodiscard]] std::string show(const image::Finding& finding);
[[nodiscard]] std::string show(const std::vector<image::Finding>& findings);
[[nodiscard]] std::string show(const Error& error);

}  // namespace lock::test
