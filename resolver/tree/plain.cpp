// A stack of folders to read, shared by the threads. Each folder is opened below its parent's descriptor, never by a
// path that somebody could lead elsewhere meanwhile; a parent stays open until its last child has been. Taking the
// latest first keeps the open ones to about the depth of the tree.
#include "resolver/tree/plain.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <iterator>
#include <mutex>
#include <system_error>
#include <thread>

namespace lock::tree {
namespace {

using SharedDescriptor = std::shared_ptr<const base::Descriptor>;

struct Folder {
  SharedDescriptor parent;
  std::string path;
  std::size_t name_at = 0;  // the name is the rest of `path` from here
  std::size_t depth = 0;
  Chain chain;
};

class Stack {
 public:
  explicit Stack(Folder first) { folders_.push_back(std::move(first)); }

  // Nothing when all is done: no folder waits, and no thread is about to bring more.
  std::optional<Folder> take() {
    std::unique_lock guard(mutex_);
    changed_.wait(guard, [&] { return !folders_.empty() || busy_ == 0; });
    if (folders_.empty()) return std::nullopt;
    Folder folder = std::move(folders_.back());
    folders_.pop_back();
    ++busy_;
    return folder;
  }

  void done(std::vector<Folder>& found) {
    {
      const std::lock_guard guard(mutex_);
      std::ranges::move(found, std::back_inserter(folders_));
      --busy_;
    }
    found.clear();
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Folder> folders_;
  std::size_t busy_ = 0;
};

struct Member {
  std::string name;
  bool is_folder = false;
};

// One thread's share.
class Reader {
 public:
  explicit Reader(Descent descent) : descent_(std::move(descent)) {}

  void run(Stack& stack) {
    std::vector<Folder> found;
    while (auto folder = stack.take()) {
      read(*folder, found);
      folder.reset();  // and with it the parent's descriptor
      stack.done(found);
    }
  }

  PlainFiles files;

 private:
  void read(const Folder& folder, std::vector<Folder>& found) {
    if (folder.depth > most_depth) return complain(folder, reason_of(Outcome::too_deep, 0, 0));
    const std::string name = folder.path.substr(folder.name_at);
    auto descriptor = std::make_shared<base::Descriptor>(openat(
        folder.parent->number(), name.empty() ? "." : name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!descriptor->is_open() && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)) return;
    if (!descriptor->is_open() || !list(*descriptor)) {
      return complain(folder, reason_of(Outcome::failed, errno, 0));
    }
    Chain chain = folder.chain;
    if (has_ignore_file_) chain = with_ignore_file(descent_, folder.path, chain, files.problems);
    for (auto& member : members_) {
      std::string path = join_path(folder.path, member.name);
      if (member.is_folder && is_skipped_name(member.name)) {
        ++files.left_out.skipped_folders[member.name];
      } else if (is_ignored(chain.get(), path, member.is_folder)) {
        ++files.left_out.ignored;
      } else if (member.is_folder) {
        const std::size_t name_at = path.size() - member.name.size();
        found.push_back({descriptor, std::move(path), name_at, folder.depth + 1, chain});
      } else {
        files.paths.push_back(std::move(path));
      }
    }
  }

  // Fills members_; false with errno set when the folder could not be read to its end.
  bool list(const base::Descriptor& folder) {
    members_.clear();
    has_ignore_file_ = false;
    return each_member(folder, [&](std::string_view name, bool is_folder) {
      if (name == ".git") return;
      if (name == ignore_name) has_ignore_file_ = true;
      members_.push_back({std::string(name), is_folder});
    });
  }

  // Whatever lies in there was not looked at, and its names might have declared their formats.
  void complain(const Folder& folder, const std::string& reason) {
    image::Problem problem;
    problem.severity = image::Problem::Severity::undetermined;
    problem.check = "unreadable-file";
    problem.message = "the folder " + reason;
    problem.place.file = folder.path.empty() ? "." : folder.path;
    files.problems.push_back(std::move(problem));
  }

  Descent descent_;
  bool has_ignore_file_ = false;
  std::vector<Member> members_;
};

}  // namespace

Result<PlainFiles> walk_folder(const std::string& top, const std::string& below, const Chain& chain, unsigned threads) {
  const std::string start = below.empty() ? top : join_path(top == "/" ? "" : top, below);
  auto root = std::make_shared<base::Descriptor>(open(start.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root->is_open()) {
    return fail(ErrorKind::io, "cannot open the folder '" + start + "': " + std::generic_category().message(errno));
  }
  Stack stack({.parent = std::move(root), .path = below, .name_at = below.size(), .depth = 0, .chain = chain});
  std::vector<std::unique_ptr<Reader>> readers;
  for (unsigned i = 0; i < threads; ++i) {
    auto descent = Descent::at(top);
    if (!descent) return std::unexpected(std::move(descent.error()));
    readers.push_back(std::make_unique<Reader>(std::move(*descent)));
  }
  {
    std::vector<std::jthread> pool;
    for (auto& reader : readers) pool.emplace_back([&stack, &reader] { reader->run(stack); });
  }
  PlainFiles all;
  for (auto& reader : readers) {
    all.left_out.add(reader->files.left_out);
    std::ranges::move(reader->files.paths, std::back_inserter(all.paths));
    std::ranges::move(reader->files.problems, std::back_inserter(all.problems));
  }
  std::ranges::sort(all.paths);
  return all;
}

}  // namespace lock::tree
