#include "tests/support/temporary_tree.hpp"

#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <system_error>

#include "resolver/base/process.hpp"

namespace lock::support {

namespace fs = std::filesystem;

TemporaryTree::TemporaryTree() {
  std::string pattern = (fs::canonical(fs::temp_directory_path()) / "lock-tree-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make the folder " + pattern);
  path_ = pattern;
}

TemporaryTree::~TemporaryTree() {
  std::error_code error;
  fs::remove_all(path_, error);
}

void TemporaryTree::file(std::string_view name, std::string_view contents) const {
  const fs::path path = path_ / name;
  fs::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary);
  out << contents;
  if (!out.flush()) throw std::runtime_error("cannot write " + path.string());
}

void TemporaryTree::folder(std::string_view name) const { fs::create_directories(path_ / name); }

void TemporaryTree::link(std::string_view name, std::string_view target) const {
  fs::create_directories((path_ / name).parent_path());
  fs::create_symlink(target, path_ / name);
}

void TemporaryTree::remove(std::string_view name) const { fs::remove_all(path_ / name); }

std::string TemporaryTree::git(std::vector<std::string> arguments, std::string_view folder) const {
  base::ProcessRequest request;
  request.arguments = {"git",
                       "-c",
                       "user.name=Test",
                       "-c",
                       "user.email=test@example.com",
                       "-c",
                       "init.defaultBranch=main",
                       "-c",
                       "commit.gpgSign=false",
                       "-c",
                       "protocol.file.allow=always"};
  for (auto& argument : arguments) request.arguments.push_back(std::move(argument));
  request.directory = (path_ / folder).string();
  request.unset = {"GIT_*"};
  request.set = {{"GIT_CONFIG_NOSYSTEM", "1"}, {"GIT_CONFIG_GLOBAL", "/dev/null"}, {"LC_ALL", "C"}};
  auto answer = base::run_process(request);
  if (!answer) throw std::runtime_error(base::describe(answer.error()));
  if (answer->exit_status != 0) throw std::runtime_error("git failed: " + answer->errors);
  return std::move(answer->output);
}

}  // namespace lock::support
