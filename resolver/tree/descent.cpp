#include "resolver/tree/descent.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace lock::tree {
namespace {

Outcome outcome_of(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR: return Outcome::gone;
    case ELOOP: return Outcome::link;
    default: return Outcome::failed;
  }
}

void set_error(Opening& opening) {
  opening.error_number = errno;
  opening.outcome = outcome_of(errno);
}

Outcome kind_of(const struct stat& status) {
  if (S_ISREG(status.st_mode)) return Outcome::opened;
  if (S_ISLNK(status.st_mode)) return Outcome::link;
  if (S_ISDIR(status.st_mode)) return Outcome::folder;
  return Outcome::special;
}

std::size_t shared_steps(std::string_view folder, std::string_view other, const auto& steps) {
  std::size_t count = 0;
  while (count < steps.size()) {
    const std::size_t end = steps[count].end;
    if (end > other.size() || folder.substr(0, end) != other.substr(0, end)) break;
    if (end < other.size() && other[end] != '/') break;
    ++count;
  }
  return count;
}

}  // namespace

Result<Descent> Descent::at(const std::string& folder) {
  base::Descriptor root(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root.is_open()) {
    return fail(ErrorKind::io, "cannot open the folder '" + folder + "': " + std::generic_category().message(errno));
  }
  return Descent(std::move(root));
}

base::Descriptor Descent::step_into(const std::string& name, Opening& opening) {
  if (steps_.size() == most_depth) {
    opening.outcome = Outcome::too_deep;
    return {};
  }
  // ".." cannot come from a walk; it is refused because a caller's mistake must not leave the tree either.
  if (name.empty() || name == "." || name == "..") {
    opening.outcome = Outcome::gone;
    return {};
  }
  const int parent = steps_.empty() ? root_.number() : steps_.back().descriptor.number();
  base::Descriptor folder(openat(parent, name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder.is_open()) set_error(opening);
  return folder;
}

int Descent::enter(std::string_view folder, Opening& opening) {
  const std::size_t kept = shared_steps(folder_, folder, steps_);
  steps_.resize(kept);
  std::size_t begin = kept == 0 ? 0 : steps_.back().end + 1;
  folder_ = folder;
  while (begin < folder.size()) {
    const std::size_t end = std::min(folder.find('/', begin), folder.size());
    base::Descriptor next = step_into(std::string(folder.substr(begin, end - begin)), opening);
    if (!next.is_open()) {
      folder_.resize(steps_.empty() ? 0 : steps_.back().end);
      return -1;
    }
    steps_.push_back({.end = end, .descriptor = std::move(next)});
    begin = end + 1;
  }
  return steps_.empty() ? root_.number() : steps_.back().descriptor.number();
}

Opening Descent::stat_last(std::string_view path, int& parent, std::string& name, struct stat& status) {
  Opening opening;
  const std::size_t slash = path.rfind('/');
  parent = enter(slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash), opening);
  if (parent < 0) return opening;
  name = path.substr(slash + 1);  // npos + 1 is 0
  if (fstatat(parent, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    set_error(opening);
  } else {
    opening.outcome = kind_of(status);
  }
  return opening;
}

Outcome Descent::look(std::string_view path) {
  int parent = -1;
  std::string name;
  struct stat status{};
  return stat_last(path, parent, name, status).outcome;
}

Opening Descent::open(std::string_view path) {
  int parent = -1;
  std::string name;
  struct stat status{};
  Opening opening = stat_last(path, parent, name, status);
  if (opening.outcome != Outcome::opened) return opening;
  // Should something else take the place in between: O_NONBLOCK keeps us from waiting for the other end of a FIFO, a
  // directory cannot be read, and whatever can be read is cut at the cap. So there is no second look.
  opening.size = static_cast<std::size_t>(status.st_size);
  opening.descriptor =
      base::Descriptor(openat(parent, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!opening.descriptor.is_open()) set_error(opening);
  return opening;
}

Opening Descent::open_folder(std::string_view path) {
  Opening opening;
  const std::size_t slash = path.rfind('/');
  const int parent = enter(slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash), opening);
  if (parent < 0) return opening;
  const std::string name = path.empty() ? "." : std::string(path.substr(slash + 1));
  opening.descriptor = base::Descriptor(openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (opening.descriptor.is_open()) {
    opening.outcome = Outcome::opened;
  } else {
    set_error(opening);
  }
  return opening;
}

bool each_member(const base::Descriptor& folder, const OnMember& on_member) {
  alignas(dirent64) std::array<char, 32768> buffer;
  for (;;) {
    const ssize_t count = getdents64(folder.number(), buffer.data(), buffer.size());
    if (count <= 0) return count == 0;
    for (ssize_t at = 0; at < count;) {
      const auto* entry = reinterpret_cast<const dirent64*>(buffer.data() + at);
      at += entry->d_reclen;
      const std::string_view name = entry->d_name;
      if (name == "." || name == "..") continue;
      struct stat status{};
      on_member(name, entry->d_type == DT_DIR ||
                          (entry->d_type == DT_UNKNOWN &&
                           fstatat(folder.number(), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                           S_ISDIR(status.st_mode)));
    }
  }
}

void read_contents(const Opening& opening, std::size_t most, Contents& contents) {
  contents.bytes.clear();
  contents.outcome = Outcome::too_large;
  if (opening.size > most) return;
  Bytes& bytes = contents.bytes;
  // One byte more than expected: a read that comes back short has seen the end, and no second one is needed.
  std::size_t room = opening.size + 1;
  for (;;) {
    const std::size_t filled = bytes.size();
    bytes.resize(filled + room);
    const ssize_t count = read(opening.descriptor.number(), bytes.data() + filled, room);
    if (count < 0 && errno == EINTR) {
      bytes.resize(filled);
      continue;
    }
    if (count < 0) {
      contents.error_number = errno;
      contents.outcome = Outcome::failed;
      return;
    }
    bytes.resize(filled + static_cast<std::size_t>(count));
    if (bytes.size() > most) return;
    if (static_cast<std::size_t>(count) < room) break;
    room = std::max(room, std::size_t{4096});
  }
  contents.outcome = Outcome::opened;
}

std::string reason_of(Outcome outcome, int error_number, std::size_t most) {
  switch (outcome) {
    case Outcome::opened: return "is a file";
    case Outcome::gone: return "is not there";
    case Outcome::link: return "is a symbolic link and is not followed";
    case Outcome::folder: return "is a folder";
    case Outcome::special: return "is a FIFO, a socket or a device and was not opened";
    case Outcome::too_deep: return "lies more than " + std::to_string(most_depth) + " folders deep and was not read";
    case Outcome::too_large: return "is larger than " + std::to_string(most) + " bytes and was not read";
    case Outcome::failed: return "cannot be read: " + std::generic_category().message(error_number);
  }
  std::unreachable();
}

}  // namespace lock::tree
