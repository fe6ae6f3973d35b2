// The house is as style says: who includes and links whom, and what nobody uses. The sources themselves are the input;
// planted violations show that the reader of them would notice.
#include "tests/support/arrows.hpp"
#include "tests/support/source_dir.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace lock::support {
namespace {

using Sentences = std::vector<std::string>;

std::string contents_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<SourceFile> sources() {
  const std::filesystem::path root = test::source_dir();
  std::vector<SourceFile> files;
  for (const char* room : {"cli", "lockfile", "resolver"}) {
    if (!std::filesystem::exists(root / room)) continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / room)) {
      const auto extension = entry.path().extension();
      if (extension != ".hpp" && extension != ".cpp") continue;
      files.push_back({entry.path().lexically_relative(root).generic_string(), contents_of(entry.path())});
    }
  }
  std::ranges::sort(files, {}, &SourceFile::path);
  return files;
}

SourceFile with_include(std::string path, const std::string& header) {
  return {std::move(path), "// What it is for.\n#pragma once\n\n#include " + header + "\n"};
}

TEST(House, IncludesFollowTheArrows) {
  const auto files = sources();
  ASSERT_GT(files.size(), 20U);
  EXPECT_EQ(broken_includes(files), Sentences{});
}

TEST(House, LinksFollowTheArrows) {
  EXPECT_EQ(broken_links(contents_of(test::source_dir() / "CMakeLists.txt")), Sentences{});
}

TEST(House, NobodyUsesStdRegexAndNobodyBelowCliPrints) { EXPECT_EQ(forbidden_names(sources()), Sentences{}); }

TEST(House, HeadersBeginWithACommentAndAreIncludedOnce) {
  Sentences bad;
  for (const SourceFile& file : sources()) {
    if (!file.path.ends_with(".hpp")) continue;
    if (!file.text.starts_with("// ")) bad.push_back(file.path + ": does not begin with a comment that says its job");
    if (file.text.find("\n#pragma once\n") == std::string::npos) bad.push_back(file.path + ": lacks #pragma once");
  }
  EXPECT_EQ(bad, Sentences{});
}

TEST(House, PlantedIncludesAreFound) {
  struct Case {
    const char* path;
    const char* header;
    const char* message;  // empty: allowed
  };
  const Case cases[] = {
      {"resolver/base/text.cpp", "\"resolver/image/digest.hpp\"",
       "includes \"resolver/image/digest.hpp\", but resolver/base may not see resolver/image"},
      {"resolver/image/digest.cpp", "\"lockfile/document/document.hpp\"",
       "includes \"lockfile/document/document.hpp\", but resolver/image may not see lockfile/document"},
      {"resolver/collect/yaml.cpp", "\"resolver/registry/remote.hpp\"",
       "includes \"resolver/registry/remote.hpp\", but resolver/collect may not see resolver/registry"},
      {"resolver/registry/remote.cpp", "\"resolver/collect/walk.hpp\"",
       "includes \"resolver/collect/walk.hpp\", but resolver/registry may not see resolver/collect"},
      {"resolver/trust/signers.cpp", "\"resolver/registry/remote.hpp\"",
       "includes \"resolver/registry/remote.hpp\", but resolver/trust may not see resolver/registry"},
      {"resolver/trust/signers.cpp", "\"resolver/image/registry.hpp\"", ""},
      {"lockfile/ops/update.cpp", "\"resolver/registry/remote.hpp\"",
       "includes \"resolver/registry/remote.hpp\", but lockfile/ops may not see resolver/registry"},
      {"lockfile/ops/update.cpp", "\"cli/report/text.hpp\"",
       "includes \"cli/report/text.hpp\", but lockfile/ops may not see cli/report"},
      {"cli/assemble.cpp", "\"resolver/registry/remote.hpp\"", ""},
      {"cli/commands/scan.cpp", "\"resolver/registry/remote.hpp\"",
       "includes \"resolver/registry/remote.hpp\", but cli/commands may not see resolver/registry"},
      {"resolver/image/digest.cpp", "\"digest.hpp\"",
       "includes \"digest.hpp\", which is not a path from the root into a room"},
      {"resolver/image/digest.cpp", "\"../base/text.hpp\"",
       "includes \"../base/text.hpp\", which is not a path from the root into a room"},
      {"cli/main.cpp", "\"tests/support/arrows.hpp\"",
       "includes \"tests/support/arrows.hpp\", which is not a path from the root into a room"},
      {"resolver/collect/yaml.cpp", "<yaml.h>", ""},
      {"lockfile/document/read.cpp", "<yaml.h>", "includes <yaml.h>, which is not for lockfile/document"},
      {"resolver/registry/remote.cpp", "<curl/curl.h>", ""},
      {"cli/assemble.cpp", "<curl/curl.h>", "includes <curl/curl.h>, which is not for cli"},
      {"resolver/image/digest.cpp", "<openssl/evp.h>", "includes <openssl/evp.h>, which is not for resolver/image"},
      {"resolver/base/process.cpp", "<sys/wait.h>", ""},
      {"resolver/base/process.cpp", "<git2.h>", "includes <git2.h>, which is not for resolver/base"},
      {"tests/unit/any_test.cpp", "<git2.h>", ""},
  };
  for (const Case& c : cases) {
    Sentences expected;
    if (*c.message) expected.push_back(std::string(c.path) + ":4: " + c.message);
    EXPECT_EQ(broken_includes({with_include(c.path, c.header)}), expected);
  }
}

TEST(House, AFolderWithoutArrowsIsFound) {
  EXPECT_EQ(broken_includes({{"resolver/util/all.hpp", ""}}),
            Sentences{"resolver/util/all.hpp:1: no arrows are drawn for the folder resolver/util"});
  EXPECT_EQ(broken_links("lock_library(resolver/util USES Boost::json)\n"),
            Sentences{"CMakeLists.txt:1: no arrows are drawn for the folder resolver/util"});
}

TEST(House, PlantedLinksAreFound) {
  EXPECT_EQ(broken_links("lock_library(resolver/base USES Boost::json)\n"
                         "lock_library(resolver/image USES lock_resolver_base CURL::libcurl)\n"
                         "lock_library(resolver/collect USES lock_resolver_image lock_resolver_registry)\n"
                         "lock_library(lockfile/ops USES lock_lockfile_policy lock_cli_report)\n"),
            (Sentences{"CMakeLists.txt:2: resolver/image links CURL::libcurl, which is not for it",
                       "CMakeLists.txt:3: resolver/collect links lock_resolver_registry, which it may not see",
                       "CMakeLists.txt:4: lockfile/ops links lock_cli_report, which it may not see"}));
}

TEST(House, PlantedNamesAreFound) {
  const std::string text =
      "// std::cout is only talked about\n"
      "const char* text = \"std::regex, printf\";  /* printf */ const int many = 1'000'000; char c = '\"';\n"
      "const char* raw = R\"x(std::cerr \" )x\";\n"
      "std::cerr << text;\n"
      "snprintf(buffer, 3, text); if (std::regex_match(text, re)) printf(text);\n";
  EXPECT_EQ(forbidden_names({{"lockfile/ops/verify.cpp", text}}),
            (Sentences{"lockfile/ops/verify.cpp:4: uses cerr below cli/",
                       "lockfile/ops/verify.cpp:5: uses regex_match; RE2 it is",
                       "lockfile/ops/verify.cpp:5: uses printf below cli/"}));
  EXPECT_EQ(forbidden_names({{"cli/main.cpp", text}}), Sentences{"cli/main.cpp:5: uses regex_match; RE2 it is"});
}

}  // namespace
}  // namespace lock::support
