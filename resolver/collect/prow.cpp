#include "resolver/collect/prow.hpp"

#include "resolver/collect/documents.hpp"
#include "resolver/collect/kubernetes.hpp"

namespace lock::collect {
namespace {

constexpr std::string_view kFormat = "prow";

void read_jobs(const Tree& tree, const Node& jobs, const std::string& path, image::Collected& out) {
  if (!jobs.is_sequence()) return;
  each_item(jobs, path, [&](const Node& job, const std::string& at) {
    const Node* spec = tree.find_mapping(job, "spec");
    const std::string object = "job " + std::string(tree.find_text(job, "name"));
    if (spec != nullptr) collect_pod_spec(tree, *spec, kFormat, json_pointer(at, "spec"), object, out);
  });
}

}  // namespace

Claim claim_prow(std::string_view path) { return is_yaml_name(path) ? Claim::possible : Claim::none; }

image::Collected collect_prow(const Source& source, const Files&) {
  const Tree& tree = source.tree();
  return collect_documents(source, [&tree](const Node& root, image::Collected& out) {
    for (const std::string_view key : {"presubmits", "postsubmits"}) {  // lists, a repository each
      const Node* repositories = tree.find_mapping(root, key);
      if (repositories == nullptr) continue;
      for (const Member& repository : tree.members(*repositories)) {
        read_jobs(tree, *repository.value, json_pointer("/" + std::string(key), repository.key->text), out);
      }
    }
    if (const Node* periodics = tree.find_sequence(root, "periodics")) read_jobs(tree, *periodics, "/periodics", out);
  });
}

}  // namespace lock::collect
