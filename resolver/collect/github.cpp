#include "resolver/collect/github.hpp"

#include <algorithm>
#include <map>

#include "resolver/base/text.hpp"
#include "resolver/collect/documents.hpp"
#include "resolver/collect/found.hpp"
#include "resolver/collect/shared_text.hpp"

namespace lock::collect {
namespace {

constexpr std::string_view kFormat = "github-actions";
constexpr std::string_view kDocker = "docker://";
constexpr std::string_view kDockerImage = "docker-image://";
constexpr std::size_t kMostJobs = 256;  // of one matrix: GitHub's own limit
constexpr std::string_view kBreaks = " \t\r\n\"'`;|&()<>=,";

// Inputs of actions that say what is built or cached, not what is pulled.
constexpr std::string_view kOutputs[] = {"tags", "tag", "cache-from", "cache-to", "outputs", "labels", "annotations"};

// Values of `env.X`, `inputs.X`, `matrix.X`.
using Context = std::map<std::string, MappedText, std::less<>>;

bool names_image(std::string_view name) {
  const std::string lower = base::to_lower(name);
  return lower.find("image") != std::string::npos || lower == "container";
}

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

// How often a name like `matrix.node` stands in the file, or as `$NODE` where it is of the environment.
std::size_t uses_of(std::string_view bytes, std::string_view name) {
  const auto count = [bytes](std::string_view word, std::string_view before) {
    std::size_t uses = 0;
    for (std::size_t at = bytes.find(word); at != std::string_view::npos; at = bytes.find(word, at + word.size())) {
      const std::size_t end = at + word.size();
      const bool whole = end == bytes.size() || !is_word_character(bytes[end]);
      uses += whole && bytes.substr(0, at).ends_with(before) ? 1 : 0;
    }
    return uses;
  };
  if (!name.starts_with("env.")) return count(name, "");
  return count(name, "") + count(name.substr(4), "$") + count(name.substr(4), "${");
}

// The jobs of a matrix as GitHub makes them: every combination of the lists without those that `exclude` names; an
// entry of `include` is added to each combination whose own values it does not change, else it is one by itself.
class Matrix {
 public:
  Matrix(const Tree& tree, const Node& matrix) : tree_(tree) {
    jobs_.emplace_back();
    for (const Member& member : tree_.members(matrix)) {
      if (member.key->text != "include" && member.key->text != "exclude") multiply(member);
    }
    const bool has_lists = !jobs_.front().empty();
    if (const Node* exclude = tree_.find_sequence(matrix, "exclude")) {
      for (const Node* child : exclude->children) {
        const Context values = values_of("", Tree::resolve(*child));
        if (!values.empty()) std::erase_if(jobs_, [&](const Context& job) { return agrees(job, values, true); });
      }
    }
    if (const Node* include = tree_.find_sequence(matrix, "include")) {
      const std::vector<Context> lists = jobs_;
      std::vector<Context> more;
      for (const Node* child : include->children) {
        const Context values = values_of("", Tree::resolve(*child));
        bool added = false;
        for (std::size_t i = 0; has_lists && i < lists.size(); ++i) {
          if (!agrees(lists[i], values, false)) continue;
          for (const auto& [name, value] : values) jobs_[i].insert_or_assign(name, value);
          added = true;
        }
        if (!added && jobs_.size() + more.size() < kMostJobs) more.push_back(values);
      }
      if (!has_lists && !more.empty()) jobs_.clear();
      std::ranges::move(more, std::back_inserter(jobs_));
    }
  }

  [[nodiscard]] const std::vector<Context>& jobs() const { return jobs_; }

 private:
  void multiply(const Member& list) {
    if (!list.value->is_sequence()) return;
    std::vector<Context> made;
    for (const Context& job : jobs_) {
      for (const Node* child : list.value->children) {
        if (made.size() >= kMostJobs) break;
        made.push_back(job);
        made.back().merge(values_of(list.key->text, Tree::resolve(*child)));
      }
    }
    if (!made.empty()) jobs_ = std::move(made);
  }

  // `matrix.name`, or `matrix.name.key` where the value is a mapping.
  [[nodiscard]] Context values_of(std::string_view name, const Node& value) const {
    Context values;
    const std::string prefix = name.empty() ? "matrix" : "matrix." + std::string(name);
    if (value.is_scalar()) values[prefix] = tree_.decode(value);
    for (const Member& member : tree_.members(value)) {
      if (member.value->is_scalar()) values[prefix + "." + std::string(member.key->text)] = tree_.decode(*member.value);
    }
    return values;
  }

  // Whether the job has no other value for any of these names, and with `all` each of them.
  static bool agrees(const Context& job, const Context& values, bool all) {
    return std::ranges::all_of(values, [&](const auto& value) {
      const auto own = job.find(value.first);
      return own == job.end() ? !all : own->second.text() == value.second.text();
    });
  }

  const Tree& tree_;
  std::vector<Context> jobs_;
};

class Workflow {
 public:
  Workflow(const Source& source, image::Collected& out) : bytes_(source.bytes()), tree_(source.tree()), out_(out) {}

  void read_workflow(const Node& root, const Node& jobs) {
    if (const Node* on = tree_.find(root, "on")) {
      for (const std::string_view event : {"workflow_call", "workflow_dispatch"}) {
        if (const Node* trigger = tree_.find_mapping(*on, event)) add_inputs(*trigger);
      }
    }
    read_env(root, "", "");
    const Context file = context_;
    for (const Member& member : tree_.members(jobs)) {
      context_ = file;
      if (member.value->is_mapping()) read_job(*member.value, member.key->text);
    }
    shared_.judge(out_.occurrences);
  }

  void read_action(const Node& root, const Node& runs) {
    add_inputs(root);
    const Node* image = tree_.find(runs, "image");
    if (image != nullptr && image->is_string() && image->text.starts_with(kDocker))
      read_field(*image, "/runs/image", "");
    read_steps(runs, "/runs", "");
    shared_.judge(out_.occurrences);
  }

 private:
  void add_inputs(const Node& holder) {
    const Node* inputs = tree_.find_mapping(holder, "inputs");
    if (inputs == nullptr) return;
    for (const Member& member : tree_.members(*inputs)) {
      const Node* value = tree_.find(*member.value, "default");
      if (value == nullptr || !value->is_scalar() || value->is_null()) continue;
      const std::string name = "inputs." + std::string(member.key->text);
      context_.insert_or_assign(name, tree_.decode(*value));
      context_.insert_or_assign("github.event." + name, tree_.decode(*value));
    }
  }

  void read_env(const Node& holder, const std::string& path, const std::string& object) {
    const Node* env = tree_.find_mapping(holder, "env");
    if (env == nullptr) return;
    for (const Member& member : tree_.members(*env)) {
      if (!member.value->is_scalar() || member.value->is_null()) continue;
      const std::string name(member.key->text);
      context_.insert_or_assign("env." + name, tree_.decode(*member.value));
      const MappedText value = tree_.decode(*member.value);
      const auto parts = image::split_reference(value.text());
      // IMAGE_NAME and IMAGE_PREFIX without a tag name what the jobs make.
      if (parts && !parts->tag && !parts->digest) continue;
      guess(value, json_pointer(json_pointer(path, "env"), name), object, names_image(name));
    }
  }

  void read_job(const Node& job, std::string_view name) {
    const std::string path = json_pointer("/jobs", name);
    const std::string object = "job " + std::string(name);
    read_env(job, path, object);
    jobs_ = read_matrix(job, path, object);
    if (const Node* container = tree_.find(job, "container")) {
      read_container(*container, json_pointer(path, "container"), object);
    }
    if (const Node* services = tree_.find_mapping(job, "services")) {
      for (const Member& member : tree_.members(*services)) {
        read_container(*member.value, json_pointer(json_pointer(path, "services"), member.key->text),
                       object + " service " + std::string(member.key->text));
      }
    }
    if (const Node* with = tree_.find_mapping(job, "with")) read_inputs(*with, json_pointer(path, "with"), object);
    read_steps(job, path, object);
    jobs_ = {{}};
  }

  // Values of its lists named like an image are guesses too, at their own place.
  std::vector<Context> read_matrix(const Node& job, const std::string& path, const std::string& object) {
    const Node* strategy = tree_.find_mapping(job, "strategy");
    const Node* matrix = strategy == nullptr ? nullptr : tree_.find_mapping(*strategy, "matrix");
    if (matrix == nullptr) return {{}};
    const std::string inside = json_pointer(json_pointer(path, "strategy"), "matrix");
    const bool matched = tree_.find(*matrix, "include") != nullptr || tree_.find(*matrix, "exclude") != nullptr;
    for (const Member& list : tree_.members(*matrix)) {
      if (!list.value->is_sequence() || list.key->text == "exclude") continue;
      for (std::size_t i = 0; i < list.value->children.size(); ++i) {
        const Node& item = Tree::resolve(*list.value->children[i]);
        const std::string at = json_pointer(json_pointer(inside, list.key->text), i);
        if (matched && list.key->text != "include") keep_as_matched(item);
        if (item.is_scalar()) guess(tree_.decode(item), at, object, names_image(list.key->text));
        for (const Member& value : tree_.members(item)) {
          if (!value.value->is_scalar()) continue;
          guess(tree_.decode(*value.value), json_pointer(at, value.key->text), object, names_image(value.key->text));
        }
      }
    }
    return Matrix(tree_, *matrix).jobs();
  }

  // An entry of `include` or `exclude` finds its job by the text of the value.
  void keep_as_matched(const Node& item) {
    const MappedText text = tree_.decode(item);
    shared_.add_other(text.ranges(0, text.size()), "include and exclude of the matrix match it by its text");
    for (const Member& member : tree_.members(item)) {
      if (member.value->is_scalar()) keep_as_matched(*member.value);
    }
  }

  void read_container(const Node& node, std::string path, const std::string& object) {
    const Node* image = &node;
    if (node.is_mapping()) {
      image = tree_.find(node, "image");
      path = json_pointer(path, "image");
    }
    if (image != nullptr && image->is_string()) read_field(*image, path, object);
  }

  void read_steps(const Node& holder, const std::string& path, const std::string& object) {
    const Node* steps = tree_.find_sequence(holder, "steps");
    if (steps == nullptr) return;
    for (std::size_t i = 0; i < steps->children.size(); ++i) {
      const Node& step = Tree::resolve(*steps->children[i]);
      const std::string at = json_pointer(json_pointer(path, "steps"), i);
      const Node* uses = tree_.find(step, "uses");
      if (uses != nullptr && uses->is_string() && uses->text.starts_with(kDocker)) {
        read_field(*uses, json_pointer(at, "uses"), object);
      }
      const Context before = context_;
      read_env(step, at, object);
      if (const Node* with = tree_.find_mapping(step, "with")) read_inputs(*with, json_pointer(at, "with"), object);
      const Node* run = tree_.find(step, "run");
      if (run != nullptr && run->is_scalar()) read_script(tree_.decode(*run), json_pointer(at, "run"), object);
      context_ = before;
    }
  }

  void read_inputs(const Node& with, const std::string& path, const std::string& object) {
    for (const Member& member : tree_.members(with)) {
      const std::string_view name = member.key->text;
      if (!member.value->is_string() || std::ranges::find(kOutputs, name) != std::end(kOutputs)) continue;
      const MappedText text = tree_.decode(*member.value);
      const std::string at = json_pointer(path, name);
      // Plural, it lists names to be made (docker/metadata-action).
      if (name == "images") continue;
      if (const std::size_t context = text.text().find(kDockerImage);
          context != std::string_view::npos || text.text().find('\n') != std::string_view::npos) {
        read_script(text, at, object);
      } else {
        guess(text, at, object, names_image(name));
      }
    }
  }

  // Words with registry, path and tag. A word of a comment is none, nor is the name of what a command builds or pushes.
  void read_script(const MappedText& script, const std::string& path, const std::string& object) {
    const std::string_view text = script.text();
    bool makes = false;  // the command names what it makes, everywhere or behind -t
    bool builds = false;
    std::string_view last;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t begin = text.find_first_not_of(kBreaks, at);
      if (begin == std::string_view::npos) return;
      const std::size_t end = std::min(text.find_first_of(kBreaks, begin), text.size());
      const std::string_view between = text.substr(at, begin - at);
      const std::string_view word = text.substr(begin, end - begin);
      if (between.find_first_of(";|&") != std::string_view::npos ||
          (between.find('\n') != std::string_view::npos && last != "\\" && !between.starts_with("`\n") &&
           !between.starts_with(" `\n"))) {
        makes = builds = false;
      }
      at = end;
      if (word[0] == '#') {
        at = std::min(text.find('\n', begin), text.size());
        continue;
      }
      makes = makes || word == "push" || word == "tag";
      builds = builds || word == "build";
      const bool is_made = makes || (builds && (last == "-t" || last == "--tag"));
      if (!is_made) read_word(script.slice(begin, end), path, object);
      last = word;
    }
  }

  void read_word(const MappedText& word, const std::string& path, const std::string& object) {
    const std::string_view text = word.text();
    if (text.starts_with(kDockerImage)) return guess(word.slice(kDockerImage.size()), path, object, true);
    if (looks_like_image(text, true)) guess(word, path, object, false);
  }

  void guess(const MappedText& text, const std::string& path, const std::string& object, bool named) {
    if (const auto unknown = placeholders_in(text.text()); !unknown.empty()) {
      // Of what is not known, only that a field says image and the text is spelled like one makes it a row.
      std::string rest(text.text());
      for (const std::string& each : unknown) rest.erase(rest.find(each), each.size());
      const bool shaped =
          rest.find_first_of("/:") != std::string::npos && rest.find_first_of(" \t\n{") == std::string::npos;
      if (named && shaped) add(text, text, path, object, true);
    } else if (looks_like_image(text.text(), !named)) {
      add(text, text, path, object, true);
    }
  }

  // A declared field, once for each image that the jobs of the matrix make of it.
  void read_field(const Node& node, const std::string& path, const std::string& object) {
    MappedText written = tree_.decode(node).trimmed();
    if (written.text().starts_with(kDocker)) written = written.slice(kDocker.size());
    for (const Context& job : jobs_) {
      MappedText value = expand(written, job);
      // A whole value of a matrix or of env is said, and edited, where it stands.
      const bool elsewhere = !value.empty() && written.text().starts_with("${{") &&
                             written.text().find("}}") + 2 == written.size() && value.text() != written.text();
      add(elsewhere ? value : written, value, path, object, false);
    }
  }

  // An expression without value stays.
  MappedText expand(const MappedText& text, const Context& job) {
    MappedText made;
    std::size_t at = 0;
    while (at < text.size()) {
      const std::size_t begin = std::min(text.text().find("${{", at), text.size());
      const std::size_t end = text.text().find("}}", begin);
      made.append(text.slice(at, begin));
      if (begin == text.size()) break;
      const std::size_t stop = end == std::string_view::npos ? text.size() : end + 2;
      const bool closed = end != std::string_view::npos && end >= begin + 3;
      const std::string_view name =
          closed ? base::trim(text.text().substr(begin + 3, end - begin - 3)) : std::string_view{};
      const auto own = job.find(name);
      const auto common = context_.find(name);
      const MappedText* value = own != job.end() ? &own->second : common != context_.end() ? &common->second : nullptr;
      made.append(value == nullptr ? text.slice(begin, stop) : *value);
      if (value != nullptr && stop - begin != text.size() && uses_of(bytes_, name) > 1) {
        shared_.add_other(value->ranges(0, value->size()), std::string(name) + " is used in several places");
      }
      at = stop;
    }
    return made;
  }

  void add(const MappedText& written, const MappedText& value, const std::string& path, const std::string& object,
           bool guessed) {
    Found found;
    found.written = written;
    found.value = value;
    found.format = kFormat;
    found.path = path;
    found.object = object;
    found.occurrence_class = guessed ? image::Class::guessed : image::Class::declared;
    add_found(std::move(found), out_);
  }

  std::string_view bytes_;
  const Tree& tree_;
  image::Collected& out_;
  Context context_;                   // of the file, the job, the step
  std::vector<Context> jobs_ = {{}};  // of the matrix of the job that is read
  SharedText shared_;
};

bool is_workflow_path(std::string_view path) {
  return path.find(".github/workflows/") != std::string_view::npos ||
         path.find(".gitea/workflows/") != std::string_view::npos ||
         path.find(".forgejo/workflows/") != std::string_view::npos;
}

bool looks_like_jobs(const Tree& tree, const Node& jobs) {
  for (const Member& job : tree.members(jobs)) {
    if (tree.find(*job.value, "runs-on") != nullptr || tree.find(*job.value, "uses") != nullptr) return true;
  }
  return false;
}

}  // namespace

Claim claim_github(std::string_view path) {
  if (!is_yaml_name(path)) return Claim::none;
  return is_workflow_path(path) ? Claim::declared : Claim::possible;
}

image::Collected collect_github(const Source& source, const Files&) {
  image::Collected out;
  const Tree& tree = source.tree();
  if (tree.documents().empty()) return out;
  const Node& root = Tree::resolve(*tree.documents().front());
  Workflow workflow(source, out);
  if (const Node* jobs = tree.find_mapping(root, "jobs"); jobs != nullptr && looks_like_jobs(tree, *jobs)) {
    workflow.read_workflow(root, *jobs);
  } else if (const Node* runs = tree.find_mapping(root, "runs"); runs != nullptr && tree.find(*runs, "using")) {
    workflow.read_action(root, *runs);
  }
  return out;
}

}  // namespace lock::collect
