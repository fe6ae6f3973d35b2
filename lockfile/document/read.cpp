#include "lockfile/document/read.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include "lockfile/document/signer_members.hpp"
#include "lockfile/document/write.hpp"
#include "lockfile/tables/tables.hpp"
#include "resolver/base/text.hpp"

namespace lock::document {
namespace {

using image::Finding;

constexpr std::string_view kRestore =
    "take the file from git again; or delete it, and `lock update` resolves every image anew";
constexpr auto kKeys = std::to_array<std::string_view>({"reference", "digest", "media-type", "platforms", "seal"});
constexpr auto kSignerKinds =
    std::to_array<image::Signer::Kind>({image::Signer::Kind::sigstore, image::Signer::Kind::cosign_key,
                                        image::Signer::Kind::notation, image::Signer::Kind::content_trust});

// type "/" subtype, both RFC 6838 restricted names.
bool is_media_type(std::string_view text) {
  const auto is_name = [](std::string_view name) {
    return !name.empty() && name.size() <= 127 && std::ranges::all_of(name, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             std::string_view("!#$&-^_.+").find(c) != std::string_view::npos;
    });
  };
  const std::size_t slash = text.find('/');
  return slash != text.npos && is_name(text.substr(0, slash)) && is_name(text.substr(slash + 1));
}

class Reader {
 public:
  Reader(const tables::Source& source, Reading& reading) : source_(source), reading_(reading) {}

  void read(const toml::table& root) {
    if (!read_version(root)) return;
    for (const toml::key* key : tables::keys_in_order(root)) {
      if (*key == "version" || *key == "image") continue;
      report("lock-malformed", source_.place(*key), "unknown key '" + base::harmless(key->str()) + "'", newer());
    }
    const toml::node* images = root.get("image");
    if (images == nullptr) return;
    if (!images->is_array()) {
      report("lock-malformed", source_.place(*images), "expected [[image]] entries, found " + found(*images),
             std::string(kRestore));
      return;
    }
    entries_.reserve(images->as_array()->size());
    first_.reserve(images->as_array()->size());
    for (const toml::node& node : *images->as_array()) read_image(node);
  }

 private:
  struct Raw {
    std::string_view reference, digest, media_type, seal;
    const toml::array* platforms = nullptr;
    const toml::array* signers = nullptr;
    std::string_view signatures, origin;
  };

  static std::string found(const toml::node& node) { return std::string(tables::kind_of(node)); }
  static std::string newer() {
    return "a newer lock may have written it: update this one; else " + std::string(kRestore);
  }

  void report(std::string check, Place place, std::string message, std::string hint, std::string reference = {}) {
    Finding finding;
    finding.check = std::move(check);
    finding.message = std::move(message);
    finding.hint = std::move(hint);
    finding.reference = std::move(reference);
    finding.place = std::move(place);
    reading_.findings.push_back(std::move(finding));
  }

  void malformed(const toml::node& node, std::string message) {
    report("lock-malformed", source_.place(node), std::move(message), std::string(kRestore));
  }

  bool read_version(const toml::table& root) {
    const toml::node* version = root.get("version");
    if (version == nullptr) {
      report("lock-version", source_.line(1), "no `version`: this is not a lock file of this program",
             std::string(kRestore));
      return false;
    }
    const auto number = version->is_integer() ? version->value<std::int64_t>() : std::nullopt;
    if (!number || *number != newest_version) {
      report("lock-version", source_.place(*version),
             number ? "version " + std::to_string(*number) + " is unknown here; this program reads version 1"
                    : "`version` is " + found(*version) + ", expected a number",
             "install a newer lock, or take the file from git as it was before");
      return false;
    }
    return true;
  }

  bool read_text(const toml::node& node, std::string_view name, std::string_view& into) {
    const auto* text = node.as_string();
    if (text == nullptr) {
      malformed(node, "`" + std::string(name) + "` is " + found(node) + ", expected a string");
      return false;
    }
    into = text->get();
    return true;
  }

  bool read_key(const toml::key& key, const toml::node& node, Raw& raw) {
    if (key == "reference") return read_text(node, "reference", raw.reference);
    if (key == "digest") return read_text(node, "digest", raw.digest);
    if (key == "media-type") return read_text(node, "media-type", raw.media_type);
    if (key == "seal") return read_text(node, "seal", raw.seal);
    if (key == "platforms") {
      raw.platforms = node.as_array();
      if (raw.platforms == nullptr) malformed(node, "`platforms` is " + found(node) + ", expected an array");
      return raw.platforms != nullptr;
    }
    if (key == "signatures") return read_text(node, "signatures", raw.signatures);
    if (key == "origin") return read_text(node, "origin", raw.origin);
    if (key == "signers") {
      raw.signers = node.as_array();
      if (raw.signers == nullptr) malformed(node, "`signers` is " + found(node) + ", expected an array");
      return raw.signers != nullptr;
    }
    report("lock-malformed", source_.place(key), "unknown key '" + base::harmless(key.str()) + "'", newer());
    return false;
  }

  void read_image(const toml::node& node) {
    const toml::table* table = node.as_table();
    if (table == nullptr) return malformed(node, "expected an [[image]] entry, found " + found(node));
    Raw raw;
    bool good = true;
    for (auto&& [key, value] : *table) good = read_key(key, value, raw) && good;
    std::vector<std::string> missing;
    for (const std::string_view name : kKeys) {
      if (!table->contains(name)) missing.push_back("`" + std::string(name) + "`");
    }
    if (!missing.empty()) return malformed(node, "this entry has no " + base::join(missing, ", "));
    if (!good) return;
    std::optional<Entry> entry = make_entry(*table, raw);
    if (!entry) return;
    const auto [first, fresh] = first_.try_emplace(raw.reference, &node);
    if (!fresh) {
      report(
          "lock-duplicate", source_.place(*table->get("reference")),
          std::string(raw.reference) + " has an entry in line " + std::to_string(first->second->source().begin.line) +
              " already",
          "remove the wrong one of the two, or write both anew with `lock update " + std::string(raw.reference) + "`",
          std::string(raw.reference));
      reading_.rejected.push_back(std::move(*entry));
      return;
    }
    if (check_seal(*table, *entry, raw)) {
      entries_.emplace_back(raw.reference, std::move(*entry));
    } else {
      reading_.rejected.push_back(std::move(*entry));
    }
  }

  std::optional<Entry> make_entry(const toml::table& table, const Raw& raw) {
    auto reference = image::Reference::parse(raw.reference);
    if (!reference || reference->canonical() != raw.reference) {
      malformed(*table.get("reference"), reference
                                             ? "the reference is not canonical, expected " + reference->canonical()
                                             : "not an image reference: " + base::describe(reference.error()));
      return std::nullopt;
    }
    auto digest = read_digest(raw.digest, *table.get("digest"));
    if (!digest) return std::nullopt;
    if (reference->digest() && *reference->digest() != *digest) {
      malformed(*table.get("digest"), "the digest is not the one of the reference");
      return std::nullopt;
    }
    if (!is_media_type(raw.media_type)) {
      malformed(*table.get("media-type"), "not a media type");
      return std::nullopt;
    }
    auto platforms = read_platforms(*raw.platforms);
    if (!platforms) return std::nullopt;
    Entry entry{std::move(*reference), std::move(*digest), std::string(raw.media_type), std::move(*platforms), {}};
    if (!read_signatures(table, raw, entry) || !read_origin(table, raw, entry)) return std::nullopt;
    return entry;
  }

  bool read_origin(const toml::table& table, const Raw& raw, Entry& entry) {
    const toml::node* node = table.get("origin");
    if (node == nullptr) return true;
    entry.origin = Origin::rendered;
    if (raw.origin == name_of(entry.origin)) return true;
    report("lock-malformed", source_.place(*node),
           "unknown origin '" + base::harmless(raw.origin, 80) + "', expected \"rendered\", or no origin for the tree",
           newer());
    return false;
  }

  bool read_signatures(const toml::table& table, const Raw& raw, Entry& entry) {
    if (const toml::node* node = table.get("signatures")) {
      if (raw.signers != nullptr) {
        malformed(*node, "`signatures` says what there is without signers, and `signers` is here too");
        return false;
      }
      for (const Unsigned what : {Unsigned::proven, Unsigned::unrecognized}) {
        if (raw.signatures == name_of(what)) entry.without_signer = what;
      }
      if (entry.without_signer != Unsigned::undetermined) return true;
      malformed(*node, "`signatures` is \"unsigned\" or \"unrecognized\"");
      return false;
    }
    if (raw.signers == nullptr) return true;
    if (raw.signers->empty()) {
      malformed(*raw.signers, "`signers` is empty");
      return false;
    }
    for (const toml::node& node : *raw.signers) {
      auto signer = read_signer(node);
      if (!signer) return false;
      entry.signers.push_back(std::move(*signer));
    }
    const std::size_t written = entry.signers.size();
    sort_signers(entry.signers);
    if (entry.signers.size() == written) return true;
    malformed(*raw.signers, "`signers` names somebody twice");
    return false;
  }

  // Exactly the members of its kind, none of them empty.
  std::optional<image::Signer> read_signer(const toml::node& node) {
    const toml::table* table = node.as_table();
    std::string_view word;
    if (table == nullptr || !table->contains("kind")) {
      malformed(node, "expected a signer, as in { kind = \"sigstore\", root = …, issuer = …, subject = … }");
      return std::nullopt;
    }
    if (!read_text(*table->get("kind"), "kind", word)) return std::nullopt;
    const auto kind = std::ranges::find_if(kSignerKinds, [&](auto one) { return image::name_of(one) == word; });
    if (kind == kSignerKinds.end()) {
      report("lock-malformed", source_.place(*table->get("kind")),
             "unknown kind of signer '" + base::harmless(word, 80) + "'", newer());
      return std::nullopt;
    }
    image::Signer signer;
    signer.kind = *kind;
    std::size_t members = 1;
    for (const SignerMember& row : signer_members()) {
      if (!row.belongs_to(*kind)) continue;
      const toml::node* value = table->get(row.name);
      std::string_view text;
      if (value == nullptr || !read_text(*value, row.name, text) || text.empty()) {
        if (value == nullptr || text.empty()) malformed(node, "this signer needs `" + std::string(row.name) + "`");
        return std::nullopt;
      }
      signer.*row.member = text;
      ++members;
    }
    if (*kind == image::Signer::Kind::cosign_key) {
      const toml::node* log = table->get("log");
      if (log == nullptr || !log->is_boolean() || !is_fingerprint(signer.key)) {
        malformed(node,
                  "a signer of kind cosign-key has `key`, \"sha256:\" and 64 hex digits, and `log`, true or false");
        return std::nullopt;
      }
      signer.log = log->value_or(false);
      ++members;
    }
    if (members == table->size()) return signer;
    report("lock-malformed", source_.place(node), "this signer has keys that its kind does not have", newer());
    return std::nullopt;
  }

  static bool is_fingerprint(std::string_view key) {
    const auto digest = image::Digest::parse(key);
    return digest && digest->algorithm_name() == "sha256";
  }

  std::optional<image::Digest> read_digest(std::string_view text, const toml::node& node) {
    auto digest = image::Digest::parse(text);
    if (digest) return std::move(*digest);
    malformed(node, "malformed digest: " + base::describe(digest.error()));
    return std::nullopt;
  }

  std::optional<std::vector<PlatformDigest>> read_platforms(const toml::array& rows) {
    std::vector<PlatformDigest> platforms;
    platforms.reserve(rows.size());
    std::string_view previous;
    bool sorted = true;
    for (const toml::node& row : rows) {
      std::string_view text;
      if (!read_text(row, "platforms", text)) return std::nullopt;
      sorted = sorted && previous <= text;
      previous = text;
      const std::size_t blank = text.find(' ');
      auto platform = image::Platform::parse(text.substr(0, blank));
      if (blank == text.npos || !platform) {
        malformed(row, "expected a platform, a blank and a digest, as in \"linux/amd64 sha256:…\"");
        return std::nullopt;
      }
      auto digest = read_digest(text.substr(blank + 1), row);
      if (!digest) return std::nullopt;
      platforms.push_back({std::move(*platform), std::move(*digest)});
      if (platforms.back().platform.text() != text.substr(0, blank)) {
        malformed(row, "the platform is written " + platforms.back().platform.text());
        return std::nullopt;
      }
    }
    if (!sorted) sort_platforms(platforms);
    return platforms;
  }

  bool check_seal(const toml::table& table, const Entry& entry, const Raw& raw) {
    facts_.clear();
    append_facts(facts_, entry);
    const std::string expected = seal_over(facts_);
    if (expected == raw.seal) return true;
    report("seal-broken", source_.place(*table.get("seal")),
           "the seal of " + std::string(raw.reference) +
               " does not fit its other lines: a hand edit, or a merge that blended two versions",
           "take the entry from git again, or resolve it anew with `lock update " + std::string(raw.reference) + "`",
           std::string(raw.reference));
    reading_.findings.back().digest = entry.digest.text();
    reading_.findings.back().expected = expected;
    reading_.findings.back().actual = base::harmless(raw.seal);
    return false;
  }

 public:
  void finish() {
    // Sorted at once, and only when they came in another order: entries are large to move about.
    using Keyed = std::pair<std::string_view, Entry>;
    const auto key = [](const Keyed& keyed) { return keyed.first; };
    if (!std::ranges::is_sorted(entries_, {}, key)) std::ranges::sort(entries_, {}, key);
    reading_.document.reserve(entries_.size());
    for (Keyed& keyed : entries_) reading_.document.insert(std::move(keyed.second));
    std::ranges::stable_sort(reading_.findings, {}, [](const Finding& finding) { return finding.place.position; });
  }

 private:
  const tables::Source& source_;
  Reading& reading_;
  std::string facts_;                                        // of the entry whose seal is checked; one buffer for all
  std::vector<std::pair<std::string_view, Entry>> entries_;  // by reference
  std::unordered_map<std::string_view, const toml::node*> first_;  // by reference, for duplicates
};

Finding from(std::string check, const Error& error) {
  Finding finding;
  finding.check = std::move(check);
  finding.message = base::describe(error);
  finding.hint = error.hint.empty() ? std::string(kRestore) : error.hint;
  if (error.place) finding.place = *error.place;
  return finding;
}

}  // namespace

Reading read(std::string_view text, const std::string& file) {
  Reading reading;
  const tables::Source source(text, file);
  if (const auto place = tables::find_conflict(source)) {
    Finding finding;
    finding.check = "lock-conflict";
    finding.message = "a conflict that git could not merge";
    finding.hint = "when the other files are merged, run `lock merge --resolve " + file + "`";
    finding.place = *place;
    reading.findings.push_back(std::move(finding));
    return reading;
  }
  const Result<toml::table> root = tables::parse(source);
  if (!root) {
    reading.findings.push_back(from("lock-malformed", root.error()));
    return reading;
  }
  Reader reader(source, reading);
  reader.read(*root);
  reader.finish();
  return reading;
}

Result<Document> sound(Reading reading) {
  if (reading.findings.empty()) return std::move(reading.document);
  Finding& first = reading.findings.front();
  return fail_at(ErrorKind::configuration, std::move(first.place), std::move(first.message), std::move(first.hint));
}

}  // namespace lock::document
