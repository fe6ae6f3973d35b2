#include "resolver/registry/layout_writer.hpp"

#include <algorithm>
#include <system_error>
#include <tuple>

#include "resolver/base/json.hpp"
#include "resolver/base/text.hpp"
#include "resolver/registry/remote.hpp"

namespace lock::registry {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using image::Descriptor;
using image::Digest;
using image::Reference;
using image::Repository;

constexpr std::size_t most_index_bytes = std::size_t{64} << 20;
constexpr int guard_seconds = 10;
constexpr std::string_view name_annotation = "org.opencontainers.image.ref.name";
constexpr std::string_view containerd_annotation = "io.containerd.image.name";

std::unexpected<Error> failed(const fs::path& path, const std::error_code& code) {
  return fail(ErrorKind::io, "cannot write " + path.string() + ": " + code.message());
}

std::string text_of(const json::object& entry, std::string_view annotation) {
  const json::object* annotations = base::find_object(entry, "annotations");
  if (annotations == nullptr) return {};
  return std::string(base::find_string(*annotations, annotation).value_or(""));
}

// What a killed run left half written. Nobody else writes here while the guard is held.
void sweep(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> stale;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().filename().string().starts_with(Spool::prefix)) stale.push_back(entry.path());
  }
  for (const fs::path& path : stale) fs::remove(path, error);
}

Result<json::object> read_index(const fs::path& folder) {
  auto text = base::read_file(folder / "index.json", most_index_bytes);
  if (!text) return std::unexpected(text.error());
  const std::string name = (folder / "index.json").string();
  auto checked = parse_layout_index(*text, name);  // it must be one that we could read again
  if (!checked) return std::unexpected(checked.error());
  auto value = base::parse_json(*text, name, {.depth = 32, .bytes = most_index_bytes});
  if (!value) return std::unexpected(value.error());
  return std::move(value->as_object());
}

// But for what a killed run left of the files that it began with.
bool holds_nothing(const fs::path& folder) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(".oci-layout.") && !name.starts_with(".index.json.")) return false;
  }
  return !error;
}

Result<void> begin_layout(const fs::path& folder) {
  std::error_code error;
  if (!fs::exists(folder / "oci-layout", error)) {
    auto written = base::write_file_atomically(folder / "oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
    if (!written) return written;
  }
  if (!fs::exists(folder / "index.json", error)) {
    const json::object empty{
        {"schemaVersion", 2}, {"mediaType", image::media_type::oci_index}, {"manifests", json::array()}};
    auto written = base::write_file_atomically(folder / "index.json", json::serialize(empty) + "\n");
    if (!written) return written;
  }
  for (const char* algorithm : {"sha256", "sha512"}) {
    fs::create_directories(folder / "blobs" / algorithm, error);
    if (error) return failed(folder / "blobs" / algorithm, error);
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<LayoutWriter>> LayoutWriter::open(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return failed(folder, error);
  auto guard = base::FileGuard::acquire(folder / "index.json", guard_seconds);
  if (!guard) return std::unexpected(guard.error());
  if (!fs::exists(folder / "oci-layout", error) && !holds_nothing(folder)) {
    return fail(ErrorKind::usage, folder.string() + " holds something, and it is no OCI image layout",
                "name a folder that is empty or does not exist");
  }
  // The marker first: a run that is killed here leaves a folder that the next one takes up.
  auto begun = begin_layout(folder);
  if (!begun) return std::unexpected(begun.error());
  auto layout = Layout::open(folder, folder.string());
  if (!layout) return std::unexpected(layout.error());
  auto index = read_index(folder);
  if (!index) return std::unexpected(index.error());
  for (const char* algorithm : {"sha256", "sha512"}) sweep(folder / "blobs" / algorithm);
  std::unique_ptr<LayoutWriter> writer(new LayoutWriter(folder, std::move(*guard), std::move(*index)));
  std::size_t place = 0;
  for (const json::value& value : *base::find_array(writer->index_, "manifests")) {
    const json::object& entry = value.get_object();
    for (const std::string_view annotation : {containerd_annotation, name_annotation}) {
      auto reference = Reference::parse(text_of(entry, annotation));
      if (reference) writer->by_name_.emplace(reference->canonical(), place);
    }
    writer->by_digest_.emplace(*base::find_string(entry, "digest"), place);
    ++place;
  }
  return writer;
}

fs::path LayoutWriter::path_of(const Digest& digest) const {
  return folder_ / "blobs" / digest.algorithm_name() / digest.hex();
}

std::string LayoutWriter::name_of(const Reference& reference) const {
  return folder_.string() + ":" + (reference.tag() ? reference.without_digest() : reference).canonical();
}

Task<Result<bool>> LayoutWriter::has_blob(Repository, Descriptor blob) {
  co_return file_holds(path_of(blob.digest), blob.digest, blob.size);
}

Task<Result<Destination::BlobPut>> LayoutWriter::put_blob(Repository, Descriptor blob, std::vector<Repository>,
                                                          Fetch fetch) {
  const fs::path path = path_of(blob.digest);
  auto spool = Spool::named(path.parent_path());
  if (!spool) co_return std::unexpected(spool.error());
  Result<bool> fetched = co_await fetch(*spool);
  if (!fetched) co_return std::unexpected(fetched.error());
  auto kept = spool->keep_as(path);
  if (!kept) co_return std::unexpected(kept.error());
  co_return BlobPut::sent;
}

Task<Result<bool>> LayoutWriter::has_manifest(Reference reference) {
  const std::string digest = reference.digest()->text();
  auto bytes = base::read_file(path_of(*reference.digest()), most_manifest);
  if (!bytes || !image::VerifiedBytes::check(std::move(*bytes), *reference.digest())) co_return false;
  if (!reference.tag()) co_return true;
  const auto named = by_name_.find(reference.without_digest().canonical());
  if (named == by_name_.end()) co_return false;
  co_return base::find_string(index_.at("manifests").as_array()[named->second].as_object(), "digest") == digest;
}

// A name is given to the entry that has none yet; an entry that has another name stays beside the new one.
void LayoutWriter::add_entry(const Reference* name, const std::string& media_type, const Digest& digest,
                             std::size_t size, const std::string& artifact_type) {
  json::array& entries = index_.at("manifests").as_array();
  const auto known = by_digest_.find(digest.text());
  if (name == nullptr) {
    if (known != by_digest_.end()) return;
  } else {
    const std::string text = name->canonical();
    if (const auto before = by_name_.find(text); before != by_name_.end()) {
      json::object& entry = entries[before->second].as_object();
      if (base::find_string(entry, "digest") == digest.text()) return;
      json::object& annotations = entry.at("annotations").as_object();
      annotations.erase(name_annotation);
      annotations.erase(containerd_annotation);
    }
  }
  json::object entry{{"mediaType", media_type}, {"digest", digest.text()}, {"size", size}};
  if (!artifact_type.empty()) entry["artifactType"] = artifact_type;
  if (name != nullptr) {
    entry["annotations"] =
        json::object{{containerd_annotation, name->canonical()}, {name_annotation, name->canonical()}};
    by_name_[name->canonical()] = entries.size();
  }
  by_digest_.emplace(digest.text(), entries.size());
  entries.push_back(std::move(entry));
}

Task<Result<bool>> LayoutWriter::put_manifest(Reference reference, image::VerifiedBytes bytes, std::string media_type) {
  auto manifest = image::parse_manifest(bytes, media_type);
  if (!manifest) co_return std::unexpected(manifest.error());
  auto written = base::write_file_atomically(path_of(*reference.digest()), bytes.bytes());
  if (!written) co_return std::unexpected(written.error());
  const Digest& digest = *reference.digest();
  if (reference.tag()) {
    const Reference name = reference.without_digest();
    add_entry(&name, media_type, digest, bytes.bytes().size(), manifest->artifact_type);
  } else if (manifest->subject) {
    add_entry(nullptr, media_type, digest, bytes.bytes().size(), manifest->artifact_type);
  }
  co_return true;
}

Task<Result<bool>> LayoutWriter::check_manifest(Reference reference) {
  auto bytes = base::read_file(path_of(*reference.digest()), most_manifest);
  if (!bytes) co_return std::unexpected(bytes.error());
  auto verified = image::VerifiedBytes::check(std::move(*bytes), *reference.digest());
  if (!verified) co_return while_doing("reading back " + path_of(*reference.digest()).string(), verified.error());
  co_return true;
}

// A referrer is an entry that is read for its subject; one that was there as a blob only becomes an entry now.
Task<Result<bool>> LayoutWriter::link_referrers(Reference, std::vector<Descriptor> referrers) {
  for (const Descriptor& referrer : referrers) {
    add_entry(nullptr, referrer.media_type, referrer.digest, referrer.size, referrer.artifact_type);
  }
  co_return true;
}

// The same copies make the same file, in whatever order they came: by name, then what has none.
Result<void> LayoutWriter::finish() {
  json::array& entries = index_.at("manifests").as_array();
  const auto place = [](const json::value& value) {
    const std::string name = text_of(value.get_object(), name_annotation);
    return std::make_tuple(name.empty(), name, std::string(*base::find_string(value.get_object(), "digest")));
  };
  std::stable_sort(entries.begin(), entries.end(),
                   [&](const json::value& a, const json::value& b) { return place(a) < place(b); });
  auto written = base::write_file_atomically(folder_ / "index.json", json::serialize(index_) + "\n");
  if (!written) return written;
  auto layout = Layout::open(folder_, folder_.string());
  if (!layout) return while_doing("reading back what was written", layout.error());
  written_ = std::make_unique<Layout>(std::move(*layout));
  return {};
}

Task<Result<bool>> LayoutWriter::check_tag(Reference reference) {
  if (!reference.tag()) co_return true;
  auto resolution = written_->resolve(reference);
  if (!resolution) co_return while_doing("reading back what was written", resolution.error());
  if (resolution->digest == *reference.digest()) co_return true;
  co_return fail(ErrorKind::mismatch, name_of(reference) + " names " + resolution->digest.text());
}

}  // namespace lock::registry
