#include "tests/support/arrows.hpp"

#include <algorithm>
#include <cctype>
#include <initializer_list>

namespace lock::support {
namespace {

using Names = std::vector<std::string_view>;

// What a folder may see: folders of ours, foreign headers (by prefix) and foreign link targets. A folder always sees
// itself. A folder that has no row here may not exist.
struct Folder {
  std::string_view path;
  Names folders;
  Names headers;
  Names targets;
};

const std::vector<Folder>& house() {
  static const std::vector<Folder> rows = {
      {"resolver/base", {}, {"boost/json", "openssl/"}, {"Boost::json", "OpenSSL::Crypto", "Threads::Threads"}},
      {"resolver/image", {"resolver/base"}, {"boost/json"}, {}},
      {"resolver/collect",
       {"resolver/base", "resolver/image"},
       {"boost/json", "re2/", "yaml.h"},
       {"PkgConfig::YAML", "PkgConfig::RE2"}},
      {"resolver/tree", {"resolver/base", "resolver/image"}, {}, {}},
      {"resolver/registry",
       {"resolver/base", "resolver/image"},
       {"boost/json", "curl/", "arpa/inet.h", "netinet/in.h"},
       {"CURL::libcurl"}},
      {"resolver/trust/crypto", {"resolver/base", "resolver/image"}, {"boost/json", "openssl/"}, {}},
      {"resolver/trust/in_toto", {"resolver/base", "resolver/image"}, {"boost/json"}, {}},
      {"resolver/trust/sigstore",
       {"resolver/base", "resolver/image", "resolver/trust/crypto", "resolver/trust/in_toto"},
       {"boost/json"},
       {}},
      {"resolver/trust",
       {"resolver/base", "resolver/image", "resolver/trust/crypto", "resolver/trust/in_toto",
        "resolver/trust/sigstore"},
       {"boost/json"},
       {}},
      {"lockfile/tables", {"resolver/base"}, {"toml++/"}, {"tomlplusplus::tomlplusplus"}},
      {"lockfile/document",
       {"resolver/base", "resolver/image", "lockfile/tables"},
       {"toml++/"},
       {"tomlplusplus::tomlplusplus"}},
      {"lockfile/settings",
       {"resolver/base", "resolver/image", "resolver/collect", "lockfile/tables"},
       {"toml++/"},
       {"tomlplusplus::tomlplusplus"}},
      {"lockfile/policy", {"resolver/base", "resolver/image", "lockfile/document", "lockfile/settings"}, {}, {}},
      {"lockfile/exchange", {"resolver/base", "resolver/image", "resolver/collect"}, {"boost/json"}, {}},
      {"lockfile/ops",
       {"resolver/base", "resolver/image", "resolver/tree", "resolver/collect", "resolver/trust",
        "resolver/trust/in_toto", "lockfile/document", "lockfile/settings", "lockfile/policy", "lockfile/exchange"},
       {"boost/json"},
       {}},
      {"cli/report",
       {"resolver/base", "resolver/image", "lockfile/document", "lockfile/settings", "lockfile/policy", "lockfile/ops"},
       {"boost/json"},
       {}},
      {"cli/commands",
       {"resolver/base", "resolver/image", "resolver/collect", "resolver/trust", "lockfile/document",
        "lockfile/settings", "lockfile/policy", "lockfile/exchange", "lockfile/ops", "cli/report"},
       {"boost/program_options", "boost/json"},
       {"Boost::program_options"}},
      {"cli",
       {"resolver/base", "resolver/image", "resolver/collect", "resolver/registry", "resolver/trust",
        "resolver/trust/sigstore", "lockfile/document", "lockfile/settings", "lockfile/policy", "lockfile/ops",
        "cli/report", "cli/commands"},
       {"boost/program_options", "boost/json"},
       {}},
  };
  return rows;
}

// Headers of the operating system; those of the C++ library have neither a dot nor a slash.
const Names& system_headers() {
  static const Names names = {"dirent.h", "errno.h", "fcntl.h",  "locale.h", "poll.h",    "pthread.h", "pwd.h",
                              "signal.h", "spawn.h", "stdlib.h", "sys/",     "termios.h", "time.h",    "unistd.h"};
  return names;
}

bool starts_with_one_of(std::string_view text, const Names& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(), [&](auto prefix) { return text.starts_with(prefix); });
}

bool contains(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string_view folder_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}

bool in_a_room(std::string_view path) { return starts_with_one_of(path, {"cli/", "lockfile/", "resolver/"}); }

const Folder* row_of(std::string_view folder) {
  for (const Folder& row : house()) {
    if (row.path == folder) return &row;
  }
  return nullptr;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return text;
}

// The header that the line includes with its opening '"' or '<' in front; empty when it includes none.
std::string_view included_by(std::string_view line) {
  line = trimmed(line);
  if (!line.starts_with('#')) return {};
  line = trimmed(line.substr(1));
  if (!line.starts_with("include")) return {};
  line = trimmed(line.substr(7));
  if (!line.starts_with('"') && !line.starts_with('<')) return {};
  const auto end = line.find(line.front() == '"' ? '"' : '>', 1);
  return line.substr(0, end);
}

// Why `folder` may not include `header`; empty when it may.
std::string objection(const Folder& folder, std::string_view header) {
  const bool ours = header.front() == '"';
  const std::string_view name = header.substr(1);
  if (ours) {
    const std::string_view target = folder_of(name);
    if (!in_a_room(name))
      return "includes \"" + std::string(name) + "\", which is not a path from the root into a room";
    if (target == folder.path || contains(folder.folders, target)) return {};
    return "includes \"" + std::string(name) + "\", but " + std::string(folder.path) + " may not see " +
           std::string(target);
  }
  const bool standard = name.find_first_of("./") == std::string_view::npos;
  if (standard || starts_with_one_of(name, system_headers()) || starts_with_one_of(name, folder.headers)) return {};
  return "includes <" + std::string(name) + ">, which is not for " + std::string(folder.path);
}

std::string at(const SourceFile& file, std::size_t line) { return file.path + ":" + std::to_string(line) + ": "; }

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

bool has_word(std::string_view line, std::string_view word) {
  for (auto at = line.find(word); at != std::string_view::npos; at = line.find(word, at + 1)) {
    const bool starts = at == 0 || !is_word(line[at - 1]);
    const auto end = at + word.size();
    if (starts && (end == line.size() || !is_word(line[end]))) return true;
  }
  return false;
}

// One literal or comment of C++ text, by where it ends; `start` is at its first character.
std::size_t end_of_string(std::string_view text, std::size_t start) {
  const char quote = text[start];
  for (auto i = start + 1; i < text.size() && text[i] != '\n'; ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      return i + 1;
    }
  }
  return std::min(text.find('\n', start), text.size());
}

std::size_t end_of_raw_string(std::string_view text, std::size_t quote) {
  const auto open = text.find('(', quote);
  if (open == std::string_view::npos) return text.size();
  const std::string close = ")" + std::string(text.substr(quote + 1, open - quote - 1)) + "\"";
  const auto end = text.find(close, open);
  return end == std::string_view::npos ? text.size() : end + close.size();
}

std::size_t end_of_blank(std::string_view text, std::size_t i) {
  const std::string_view rest = text.substr(i);
  if (rest.starts_with("//")) return std::min(text.find('\n', i), text.size());
  if (rest.starts_with("/*")) {
    const auto end = text.find("*/", i + 2);
    return end == std::string_view::npos ? text.size() : end + 2;
  }
  if (rest.front() == '"') {
    const bool raw = i > 0 && text[i - 1] == 'R' && (i < 2 || !is_word(text[i - 2]));
    return raw ? end_of_raw_string(text, i) : end_of_string(text, i);
  }
  const bool separator = i > 0 && is_word(text[i - 1]);  // 1'000'000
  if (rest.front() == '\'' && !separator) return end_of_string(text, i);
  return i;
}

// A target of ours as its folder, by the rule of lock_library(): lock_resolver_base is resolver/base.
std::string_view folder_of_target(std::string_view target) {
  for (const Folder& row : house()) {
    std::string name = "lock_" + std::string(row.path);
    std::replace(name.begin(), name.end(), '/', '_');
    if (name == target) return row.path;
  }
  return {};
}

std::string link_objection(const Folder& folder, std::string_view target) {
  if (target.starts_with("lock_")) {
    const std::string_view other = folder_of_target(target);
    if (!other.empty() && contains(folder.folders, other)) return {};
    return std::string(folder.path) + " links " + std::string(target) + ", which it may not see";
  }
  if (contains(folder.targets, target)) return {};
  return std::string(folder.path) + " links " + std::string(target) + ", which is not for it";
}

}  // namespace

std::string without_comments_and_literals(std::string_view text) {
  std::string out(text);
  for (std::size_t i = 0; i < text.size();) {
    const auto end = end_of_blank(text, i);
    for (auto j = i; j < end; ++j) {
      if (out[j] != '\n') out[j] = ' ';
    }
    i = std::max(end, i + 1);
  }
  return out;
}

std::vector<std::string> broken_includes(const std::vector<SourceFile>& files) {
  std::vector<std::string> broken;
  for (const SourceFile& file : files) {
    if (!in_a_room(file.path)) continue;
    const Folder* folder = row_of(folder_of(file.path));
    if (!folder) {
      broken.push_back(at(file, 1) + "no arrows are drawn for the folder " + std::string(folder_of(file.path)));
      continue;
    }
    std::size_t number = 0;
    for (const std::string_view line : lines_of(file.text)) {
      ++number;
      const std::string_view header = included_by(line);
      if (header.empty()) continue;
      const std::string why = objection(*folder, header);
      if (!why.empty()) broken.push_back(at(file, number) + why);
    }
  }
  return broken;
}

std::vector<std::string> broken_links(std::string_view cmake_lists) {
  std::vector<std::string> broken;
  std::size_t number = 0;
  for (std::string_view line : lines_of(cmake_lists)) {
    ++number;
    const std::string place = "CMakeLists.txt:" + std::to_string(number) + ": ";
    if (!line.starts_with("lock_library(")) continue;
    line = line.substr(0, line.find(')'));
    std::vector<std::string_view> words;
    for (line.remove_prefix(13); !line.empty();) {
      const auto end = std::min(line.find(' '), line.size());
      if (end > 0) words.push_back(line.substr(0, end));
      line.remove_prefix(std::min(end + 1, line.size()));
    }
    const Folder* folder = words.empty() ? nullptr : row_of(words[0]);
    if (!folder) {
      broken.push_back(place + "no arrows are drawn for the folder " + std::string(words.empty() ? "" : words[0]));
      continue;
    }
    for (std::size_t i = 2; i < words.size(); ++i) {
      const std::string why = link_objection(*folder, words[i]);
      if (!why.empty()) broken.push_back(place + why);
    }
  }
  return broken;
}

std::vector<std::string> forbidden_names(const std::vector<SourceFile>& files) {
  static const Names everywhere = {"regex", "regex_match", "regex_search", "regex_replace"};
  static const Names below_cli = {"iostream", "print",  "println", "cout",    "cerr", "clog",
                                  "stdout",   "stderr", "printf",  "putchar", "puts", "perror"};
  std::vector<std::string> found;
  for (const SourceFile& file : files) {
    if (!in_a_room(file.path)) continue;
    const std::string text = without_comments_and_literals(file.text);
    std::size_t number = 0;
    for (const std::string_view line : lines_of(text)) {
      ++number;
      for (const std::string_view name : everywhere) {
        if (has_word(line, name)) found.push_back(at(file, number) + "uses " + std::string(name) + "; RE2 it is");
      }
      if (file.path.starts_with("cli/")) continue;
      for (const std::string_view name : below_cli) {
        if (has_word(line, name)) found.push_back(at(file, number) + "uses " + std::string(name) + " below cli/");
      }
    }
  }
  return found;
}

}  // namespace lock::support
