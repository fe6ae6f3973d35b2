// The threads take runs of neighbouring files, so that a folder is opened once and not once a file.
#include "resolver/tree/reading.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <system_error>
#include <utility>

#include "resolver/base/parallel.hpp"
#include "resolver/base/text.hpp"
#include "resolver/tree/descent.hpp"

namespace lock::tree {
namespace {

using Read = std::function<void(const File&)>;

constexpr std::size_t run_length = 64;
constexpr std::size_t kept_buffer = std::size_t{1} << 20;

image::Problem problem_with(const ListedFile& file, std::string message, std::string hint) {
  using Severity = image::Problem::Severity;
  image::Problem problem;
  problem.severity = file.interest == Interest::declared ? Severity::undetermined : Severity::warning;
  problem.check = "unreadable-file";
  problem.message = std::move(message);
  problem.hint = std::move(hint);
  problem.place.file = file.path;
  return problem;
}

std::string hint_for(Outcome outcome) {
  if (outcome == Outcome::too_large) return "if it holds no image references, leave it out with a .lockignore";
  if (outcome == Outcome::failed) return "make it readable, or leave it out with a .lockignore";
  return "leave it out with a .lockignore";
}

// One thread's share.
class Share {
 public:
  Share(const Listing& listing, std::size_t most_bytes, const Read& read, Descent descent)
      : listing_(listing), most_bytes_(most_bytes), read_(read), descent_(std::move(descent)) {}

  // `at` is where the bytes stand: the file itself, or what it leads to.
  void read_file(std::size_t index, const ListedFile& at) {
    const ListedFile& file = listing_.files[index];
    const Opening opening = descent_.open(at.path);
    contents_.outcome = opening.outcome;
    contents_.error_number = opening.error_number;
    if (opening.outcome == Outcome::opened) read_contents(opening, most_bytes_, contents_);
    switch (contents_.outcome) {
      case Outcome::opened:
        ++reading.files;
        reading.bytes += contents_.bytes.size();
        read_({.index = index, .path = at.path, .name = file.path, .scope = at.scope, .bytes = contents_.bytes});
        if (contents_.bytes.capacity() > kept_buffer) contents_.bytes = Bytes();
        return;
      case Outcome::gone: ++reading.gone; return;
      case Outcome::folder: return;  // its files are listed by themselves
      case Outcome::link: links.push_back(index); return;
      default:
        reading.problems.push_back(
            problem_with(file, "the file " + reason_of(contents_.outcome, contents_.error_number, most_bytes_),
                         hint_for(contents_.outcome)));
    }
  }

  Reading reading;
  std::vector<std::size_t> links;

 private:
  const Listing& listing_;
  std::size_t most_bytes_;
  const Read& read_;
  Descent descent_;
  Contents contents_;
};

// Where a link leads, as a path relative to the root; nothing when that is outside of it.
struct Target {
  std::optional<std::string> path;
  std::error_code error;
};

Target follow(const std::string& root, const std::string& path) {
  Target target;
  const auto real = std::filesystem::canonical(root + "/" + path, target.error).string();
  if (target.error) return target;
  const std::string prefix = root == "/" ? root : root + "/";
  if (real.starts_with(prefix)) target.path = real.substr(prefix.size());
  return target;
}

bool is_listed_folder(const Listing& listing, const std::string& path) {
  const std::string prefix = path + "/";
  const auto first = std::ranges::lower_bound(listing.files, std::string_view(prefix), {},
                                              [](const ListedFile& file) { return std::string_view(file.path); });
  return first != listing.files.end() && first->path.starts_with(prefix);
}

// Looks at the links when everything else has been read: by then it is known which files were read anyway.
void read_links(const Listing& listing, const ReadingOptions& options, std::vector<std::size_t> links, Share& share) {
  std::ranges::sort(links);
  std::map<std::string_view, std::vector<std::string_view>> names;  // under which a file is read, by its path
  const auto is_news = [&](const ListedFile& file, std::string_view link) {
    auto& known = names[file.path];
    if (known.empty() && file.interest != Interest::none) known.push_back(file.path);
    const bool news =
        known.empty() ||
        (options.adds && std::ranges::all_of(known, [&](std::string_view other) { return options.adds(link, other); }));
    if (news) known.push_back(link);
    return news;
  };
  for (const std::size_t index : links) {
    const ListedFile& link = listing.files[index];
    ++share.reading.links;
    const Target target = follow(listing.root, link.path);
    if (target.error == std::errc::no_such_file_or_directory || target.error == std::errc::not_a_directory) {
      ++share.reading.gone;
      continue;
    }
    if (target.error) {
      share.reading.problems.push_back(problem_with(
          link, "the symbolic link cannot be followed: " + target.error.message(), "remove it, or mend it"));
      continue;
    }
    if (!target.path) {
      share.reading.problems.push_back(problem_with(link, "the symbolic link leads out of the tree and is not followed",
                                                    "put the file itself there, or leave it out with a .lockignore"));
      continue;
    }
    const ListedFile* file = listing.find(*target.path);
    if (file != nullptr) {
      if (is_news(*file, link.path)) share.read_file(index, *file);
    } else if (!is_listed_folder(listing, *target.path)) {
      share.reading.problems.push_back(
          problem_with(link, "the symbolic link leads to '" + base::harmless(*target.path) + "', which is left out",
                       "leave the link out too, with a .lockignore"));
    }
  }
}

void add(Reading& all, Reading& share) {
  std::ranges::move(share.problems, std::back_inserter(all.problems));
  all.files += share.files;
  all.bytes += share.bytes;
  all.links += share.links;
  all.gone += share.gone;
}

}  // namespace

Result<Reading> read_each(const Listing& listing, const ReadingOptions& options, const Read& read) {
  std::vector<std::uint32_t> wanted;
  for (std::uint32_t i = 0; i < listing.files.size(); ++i) {
    if (listing.files[i].interest != Interest::none) wanted.push_back(i);
  }
  const unsigned threads = base::thread_count(options.threads);
  std::vector<std::unique_ptr<Share>> shares;
  for (unsigned i = 0; i < threads; ++i) {
    auto descent = Descent::at(listing.root);
    if (!descent) return std::unexpected(std::move(descent.error()));
    shares.push_back(std::make_unique<Share>(listing, options.most_bytes, read, std::move(*descent)));
  }
  base::in_parallel(wanted.size(), run_length, threads, [&](unsigned thread, std::size_t i) {
    shares[thread]->read_file(wanted[i], listing.files[wanted[i]]);
  });

  std::vector<std::size_t> links;
  for (const auto& share : shares) std::ranges::copy(share->links, std::back_inserter(links));
  read_links(listing, options, std::move(links), *shares.front());
  Reading all;
  for (const auto& share : shares) add(all, share->reading);
  sort_problems(all.problems);
  return all;
}

}  // namespace lock::tree
