#include "lockfile/ops/mirror.hpp"

#include <algorithm>
#include <set>
#include <system_error>
#include <utility>

#include "lockfile/ops/finding.hpp"
#include "lockfile/ops/lock_file.hpp"
#include "resolver/base/text.hpp"

namespace lock::ops {
namespace {

namespace fs = std::filesystem;
using document::Entry;
using image::Reference;

struct Row {
  const Scope* scope;
  Entry entry;
};

// A pin that differs from its tag's entry must not take the tag's name at the mirror.
Reference wanted(const Entry& entry) {
  return entry.reference.digest() ? entry.reference.by_digest(entry.digest) : entry.reference.with_digest(entry.digest);
}

// It could not be done or seen this time, which says nothing about the image.
bool is_open(const Error& error) {
  return error.kind != ErrorKind::mismatch && error.kind != ErrorKind::malformed && error.kind != ErrorKind::absent;
}

// The copy's failure, by what is known: bytes that are wrong, a thing that is not there, or something that could not be
// done this time.
void report(const Workspace& workspace, const Row& row, std::string message, const Error& error, MirrorResult& out) {
  const bool mismatch = error.kind == ErrorKind::mismatch || error.kind == ErrorKind::malformed;
  image::Finding finding =
      finding_of(mismatch ? "digest-mismatch" : "mirror-incomplete", std::move(message), error.hint);
  finding.reference = row.entry.key();
  finding.digest = row.entry.digest.text();
  finding.place.file = row.scope->lock_file;
  if (is_open(error)) return out.undetermined.push_back(undetermined_of(std::move(finding), error));
  finding.message += ": " + base::describe(error);
  Findings(workspace, *row.scope, out.findings).add(std::move(finding));
}

// What is known to be missing line by line; what could not be asked as one, since it is one registry that is silent.
void report_missing(const Workspace& workspace, const Row& row, const std::vector<Error>& missing, MirrorResult& out) {
  const std::string message = row.entry.reference.familiar() + " is copied in part";
  const Error* open = nullptr;
  std::size_t more = 0;
  for (const Error& error : missing) {
    if (!is_open(error)) {
      report(workspace, row, message, error, out);
    } else if (open == nullptr) {
      open = &error;
    } else {
      ++more;
    }
  }
  if (open == nullptr) return;
  report(workspace, row, message + (more == 0 ? "" : ", and " + std::to_string(more) + " more like this"), *open, out);
}

std::string layout_text(const Workspace& workspace, const fs::path& folder) {
  return fs::absolute(folder).lexically_normal().lexically_relative(workspace.root).generic_string();
}

bool already_said(const Workspace& workspace, const MirrorRow& row) {
  const auto found = workspace.registries.find(row.registry);
  if (found == workspace.registries.end()) return false;
  const settings::Registry& registry = found->second;
  if (!row.layout.empty()) {
    return !registry.layout.empty() &&
           (workspace.root / registry.layout).lexically_normal() == (workspace.root / row.layout).lexically_normal();
  }
  return std::ranges::any_of(registry.mirrors, [&](const settings::Mirror& mirror) {
    return mirror.host + (mirror.prefix.empty() ? "" : "/" + mirror.prefix) == row.host;
  });
}

}  // namespace

Result<MirrorDestination> read_destination(std::string_view text, const fs::path& below) {
  const std::string written(text);
  if (text.empty()) return fail(ErrorKind::usage, "the destination is empty", "name a folder, or HOST/PREFIX");
  const std::string first = written.substr(0, written.find('/'));
  const bool spelled_as_path = first.empty() || first == "." || first == "..";
  const bool spelled_as_host = first.contains('.') || first.contains(':') || first == "localhost";
  if (spelled_as_path || !spelled_as_host) {
    fs::path folder = (below / written).lexically_normal();
    if (!folder.has_filename()) folder = folder.parent_path();  // "backup/"
    return MirrorDestination{std::move(folder), {}, {}};
  }
  std::error_code error;
  if (fs::exists(below / written, error)) {
    return fail(ErrorKind::usage,
                "'" + base::harmless(written, 200) + "' may be a registry, and a folder of that name exists",
                "write ./" + written + " for the folder");
  }
  std::string trimmed = written;
  while (trimmed.ends_with('/')) trimmed.pop_back();
  // A repository below it must be one that can be named.
  auto reference = Reference::parse(trimmed + "/x");
  if (!reference || reference->repository().registry.empty()) {
    return fail(ErrorKind::usage,
                "'" + base::harmless(written, 200) + "' is neither a folder nor HOST/PREFIX of a registry",
                "write ./FOLDER for a folder; a prefix is lower case, without tag and digest");
  }
  std::string path = reference->repository().path;
  path = path == "x" ? "" : path.substr(0, path.size() - 2);
  return MirrorDestination{{}, reference->repository().registry, std::move(path)};
}

Result<MirrorResult> mirror(const Workspace& workspace, const MirrorDestination& destination, image::Copier& copier) {
  auto locks = require_locks(workspace);
  if (!locks) return std::unexpected(std::move(locks.error()));
  std::vector<Row> rows;
  std::vector<Reference> images;
  std::set<std::string> registries;
  for (const ScopeLock& lock : *locks) {
    for (const Entry& entry : lock.document.entries()) {
      rows.push_back({lock.scope, entry});
      images.push_back(wanted(entry));
      registries.insert(entry.reference.repository().registry);
    }
  }
  MirrorResult out;
  const auto copies = copier.copy(images);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Row& row = rows[i];
    const std::string name = row.entry.reference.familiar();
    MirroredImage image{row.scope->lock_file, row.entry.key(), row.entry.digest.text(), {}, 0};
    if (copies[i]) {
      image.copy = copies[i]->name;
      image.attached = copies[i]->attached;
      report_missing(workspace, row, copies[i]->missing, out);
    } else {
      report(workspace, row, name + " is not copied", copies[i].error(), out);
    }
    out.images.push_back(std::move(image));
  }
  for (const std::string& registry : registries) {
    MirrorRow row{registry, {}, {}};
    if (destination.folder.empty()) {
      row.host = copier.name_of(registry);
    } else {
      row.layout = layout_text(workspace, destination.folder);
    }
    if (!already_said(workspace, row)) out.rows.push_back(std::move(row));
  }
  out.counts = copier.counts();
  sort_findings(out.findings);
  sort_undetermined(out.undetermined);
  return out;
}

}  // namespace lock::ops
