#include <algorithm>
#include <map>

#include "lockfile/exchange/all.hpp"
#include "lockfile/exchange/pins.hpp"
#include "lockfile/exchange/pointers.hpp"
#include "resolver/base/text.hpp"

namespace lock::exchange {
namespace {

using image::Part;

// A mapping of keys, or a value.
struct Value {
  std::string text;
  std::map<std::string, Value> members;
};

const image::Slot* slot_of(const image::Occurrence& occurrence, Part part) {
  const auto slot = std::ranges::find(occurrence.slots, part, &image::Slot::part);
  return slot == occurrence.slots.end() ? nullptr : &*slot;
}

// Whether name and tag stand in values of their own, rather than in one text.
bool is_split(const image::Occurrence& occurrence, const Path& path) {
  const image::Slot* name = slot_of(occurrence, Part::name);
  const image::Slot* tag = slot_of(occurrence, Part::tag);
  if (slot_of(occurrence, Part::registry) != nullptr) return true;
  if (name == nullptr || tag == nullptr) return path.back() == "repository" || path.back() == "name";
  return tag->file != name->file || tag->ranges.front().begin != name->ranges.back().end + 1;
}

// `version` where the chart spells the tag so; else `tag`, which is also the key that charts read when it is missing
// and their appVersion stands in.
std::string tag_key(const image::Occurrence& occurrence, const collect::Source& source) {
  const image::Slot* tag = slot_of(occurrence, Part::tag);
  if (tag == nullptr || tag->file != source.path()) return "tag";
  std::string_view before = source.bytes().substr(0, tag->ranges.front().begin);
  before.remove_suffix(before.size() - (before.find_last_not_of(" \t\"'") + 1));
  return before.ends_with("version:") ? "version" : "tag";
}

class Values {
 public:
  explicit Values(const Request& request) : request_(request) {}

  Result<Exported> run() {
    std::set<std::string> folders;
    for (const std::string& file : files_of(request_.places)) folders.emplace(collect::folder_of_path(file));
    if (!request_.chosen && folders.size() > 1) {
      return fail(ErrorKind::usage, "several charts: " + listed(folders),
                  "name one, as in `lock export helm-values " + *folders.rbegin() + "`");
    }
    for (const LockedPlace& place : request_.places) add(place);
    out_.text = "# Written by `lock export helm-values`. Give it after the other files: helm template -f FILE\n";
    if (root_.members.empty()) out_.text += "{}\n";
    append(root_, "");
    return std::move(out_);
  }

 private:
  void add(const LockedPlace& place) {
    const image::Occurrence& occurrence = *place.occurrence;
    if (occurrence.reference->digest()) return;  // it says so already
    const collect::Source* source = request_.find(occurrence.file);
    if (source == nullptr || occurrence.path.starts_with("/annotations/")) {
      return leave(occurrence, "no template reads an annotation");
    }
    const auto paths = paths_to(source->tree(), occurrence.span);
    if (!paths || paths->empty()) return leave(occurrence, "its keys cannot be followed; `lock pin` it here");
    for (const Path& path : *paths) add_at(place, *source, path);
  }

  // A whole reference is replaced; of one that is split over keys, the digest or else the tag.
  void add_at(const LockedPlace& place, const collect::Source& source, Path path) {
    const image::Occurrence& occurrence = *place.occurrence;
    if (std::ranges::find(path, "#") != path.end()) {
      return leave(occurrence, "Helm replaces lists whole, so an item cannot be given; `lock pin` it here");
    }
    if (!is_split(occurrence, path)) return put(occurrence, path, pin_of(place));
    path.pop_back();
    if (slot_of(occurrence, Part::digest) != nullptr) {
      path.emplace_back("digest");
      return put(occurrence, path, place.digest.text());
    }
    path.push_back(tag_key(occurrence, source));
    put(occurrence, path, tag_in(occurrence) + "@" + place.digest.text());
  }

  void put(const image::Occurrence& occurrence, const Path& path, const std::string& text) {
    Value* at = &root_;
    for (const std::string& key : path) at = &at->members[key];
    if (at->text.empty()) {
      ++out_.images;
      at->text = text;
    } else if (at->text != text) {
      leave(occurrence, "values files give it different images; name the one to use");
    }
  }

  void append(const Value& value, const std::string& indent) {
    for (const auto& [key, member] : value.members) {
      out_.text += indent + yaml_key(key) + ":";
      if (member.members.empty()) {
        out_.text += " " + quoted(member.text) + "\n";
      } else {
        out_.text += "\n";
        append(member, indent + "  ");
      }
    }
  }

  void leave(const image::Occurrence& occurrence, std::string reason) {
    out_.left.push_back(unexpressed(occurrence, std::move(reason)));
  }

  const Request& request_;
  Value root_;
  Exported out_;
};

}  // namespace

bool is_of_helm(const image::Occurrence& occurrence) { return occurrence.format == "helm"; }

Result<Exported> write_helm_values(const Request& request) { return Values(request).run(); }

}  // namespace lock::exchange
