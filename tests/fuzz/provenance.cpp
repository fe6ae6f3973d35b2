// Any bytes as an in-toto statement with SLSA provenance, and as the URI of a material.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "resolver/trust/in_toto/provenance.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lock::trust::in_toto;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto image = image_of(text, {});
  // What is read as an image is a reference that parses back, and nothing was made up but a tag where nothing is said.
  if (image && *image) {
    const auto again = lock::image::Reference::parse((*image)->canonical());
    if (!again || *again != **image) std::abort();
  }
  const auto statement = parse_statement(text);
  if (!statement) return 0;
  const auto provenance = read_provenance(*statement);
  if (!provenance) return 0;
  if (provenance->materials.size() > most_materials) std::abort();
  for (const Material& material : provenance->materials) {
    if (material.image && !material.image_problem.empty()) std::abort();
  }
  return 0;
}
