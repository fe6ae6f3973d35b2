#include "lockfile/ops/diff.hpp"

#include <map>
#include <set>
#include <utility>

#include "lockfile/ops/demand.hpp"
#include "lockfile/ops/lock_file.hpp"
#include "resolver/base/file.hpp"
#include "resolver/tree/git_revision.hpp"

namespace lock::ops {
namespace {

using document::Document;
using document::Entry;

// One side: a document for each scope, or one for all when it is a path.
struct Side {
  bool is_path = false;
  std::vector<Document> documents;
};

Result<Document> read_text(const std::string& text, const std::string& name) {
  return document::sound(document::read(text, name));
}

Result<Side> of_path(const Workspace& workspace, const std::string& path) {
  auto bytes = base::read_file(workspace.root / path, most_lock_bytes);
  if (!bytes) return std::unexpected(std::move(bytes.error()));
  auto document = read_text(*bytes, path);
  if (!document) return std::unexpected(std::move(document.error()));
  return Side{true, {std::move(*document)}};
}

Result<Side> of_work_tree(const Workspace& workspace) {
  Side side;
  for (const Scope& scope : workspace.scopes) {
    auto lock = read_lock(workspace, scope);
    if (!lock) return std::unexpected(std::move(lock.error()));
    auto document = document::sound(std::move(lock->reading));
    if (!document) return std::unexpected(std::move(document.error()));
    side.documents.push_back(std::move(*document));
  }
  return side;
}

Result<Side> of_revision(const Workspace& workspace, const std::string& revision) {
  const std::string root = workspace.root.string();
  const auto commit = tree::find_commit(root, revision);
  if (!commit) return std::unexpected(commit.error());
  Side side;
  for (const Scope& scope : workspace.scopes) {
    auto bytes = tree::read_in_commit(root, *commit, scope.lock_file, most_lock_bytes);
    if (!bytes) return std::unexpected(std::move(bytes.error()));
    Result<Document> document = *bytes ? read_text(**bytes, revision + ":" + scope.lock_file) : Document();
    if (!document) return std::unexpected(std::move(document.error()));
    side.documents.push_back(std::move(*document));
  }
  return side;
}

Result<Side> read_side(const Workspace& workspace, const std::string& text) {
  std::error_code ignored;
  if (std::filesystem::is_regular_file(workspace.root / text, ignored)) return of_path(workspace, text);
  return of_revision(workspace, text);
}

// Which files name each entry now.
std::map<std::string, std::set<std::string>> files_by_key(const ScopeScan& scan, const Document& document) {
  const Demands wanted = demands_in(scan.occurrences, document);
  std::map<std::string, std::set<std::string>> files;
  for (const Demand& demand : wanted.demands) {
    for (const image::Occurrence* occurrence : demand.occurrences) {
      files[demand.key.canonical()].insert(occurrence->file);
    }
  }
  return files;
}

// A path stands for the lock of the scope that has it as its own, else for that of the root.
std::size_t scope_of(const Workspace& workspace, const std::string& path) {
  for (std::size_t i = 0; i < workspace.scopes.size(); ++i) {
    if (workspace.scopes[i].lock_file == path) return i;
  }
  return 0;
}

void add_rows(const std::string& lock_file, const ScopeScan& scan, const Document& old, const Document& fresh,
              DiffResult& result) {
  const auto files = files_by_key(scan, fresh);
  for (document::Difference& difference : document::compare(old, fresh)) {
    DiffRow row{lock_file, std::move(difference), {}};
    if (const auto named = files.find(row.difference.either().key()); named != files.end()) {
      row.files.assign(named->second.begin(), named->second.end());
    }
    result.rows.push_back(std::move(row));
  }
}

}  // namespace

Result<DiffResult> diff(const Workspace& workspace, const Scan& scan, const DiffOptions& options) {
  const auto old = read_side(workspace, options.old.empty() ? "HEAD" : options.old);
  if (!old) return std::unexpected(old.error());
  const auto fresh = options.fresh.empty() ? of_work_tree(workspace) : read_side(workspace, options.fresh);
  if (!fresh) return std::unexpected(fresh.error());
  DiffResult result;
  if (!old->is_path && !fresh->is_path) {
    for (std::size_t i = 0; i < workspace.scopes.size(); ++i) {
      add_rows(workspace.scopes[i].lock_file, scan.scopes[i], old->documents[i], fresh->documents[i], result);
    }
    return result;
  }
  // With a path on one side, the other side is that scope's lock.
  const std::size_t scope = scope_of(workspace, fresh->is_path ? options.fresh : options.old);
  const auto document_of = [scope](const Side& side) -> const Document& {
    return side.documents[side.is_path ? 0 : scope];
  };
  add_rows(fresh->is_path ? options.fresh : workspace.scopes[scope].lock_file, scan.scopes[scope], document_of(*old),
           document_of(*fresh), result);
  return result;
}

}  // namespace lock::ops
