// Statements as golden files: tests/cases/provenance/statements/NAME/statement.json, and beside it what is read.
#include "resolver/trust/in_toto/provenance.hpp"

#include <gtest/gtest.h>

#include "tests/support/golden.hpp"

namespace lock::trust::in_toto {
namespace {

std::string show(const DigestSet& digests) {
  std::string out;
  for (const auto& [algorithm, value] : digests) out += " " + algorithm + ":" + value;
  return out;
}

std::string show(const Provenance& provenance) {
  std::string out = "provenance " + provenance.version + "\n";
  out += "builder: " + provenance.builder + "\nbuild type: " + provenance.build_type + "\n";
  out += "source: " + provenance.source + "\n";
  if (provenance.complete) out += std::string("complete: ") + (*provenance.complete ? "yes" : "no") + "\n";
  if (provenance.names_every_image) out += "names every image\n";
  if (provenance.source_is_of_workflow) out += "the source is the workflow's\n";
  for (const Material& material : provenance.materials) {
    out += "- " + material.uri + show(material.digests) + "\n";
    if (material.image) out += "  image " + material.image->canonical() + "\n";
    if (!material.image_problem.empty()) out += "  problem: " + material.image_problem + "\n";
  }
  return out;
}

std::string read(std::string_view json) {
  const auto statement = parse_statement(json);
  if (!statement) return test::show(statement.error());
  std::string out;
  for (const auto& subject : statement->subjects) out += "subject " + subject.name + show(subject.digests) + "\n";
  out += statement->predicate_type + "\n";
  const auto provenance = read_provenance(*statement);
  return out + (provenance ? show(*provenance) : test::show(provenance.error()));
}

class StatementCase : public ::testing::TestWithParam<std::string> {};
TEST_P(StatementCase, Reads) {
  const auto folder = test::case_folder("provenance/statements", GetParam());
  test::expect_golden(folder / "expected", read(test::read_text(folder / "statement.json")));
}
INSTANTIATE_TEST_SUITE_P(Cases, StatementCase, ::testing::ValuesIn(test::case_names("provenance/statements")),
                         test::case_title);

std::string with_materials(std::size_t count) {
  std::string materials;
  for (std::size_t i = 0; i < count; ++i) materials += (i == 0 ? "" : ",") + std::string(R"({"uri":"git:x"})");
  return R"({"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":"00"}}],)"
         R"("predicateType":"https://slsa.dev/provenance/v0.2","predicate":{"buildType":"x","materials":[)" +
         materials + "]}}";
}

TEST(Provenance, AListOfMaterialsWithoutEndIsALimit) {
  const auto most = parse_statement(with_materials(most_materials)).value();
  EXPECT_EQ(read_provenance(most).value().materials.size(), most_materials);
  const auto more = parse_statement(with_materials(most_materials + 1)).value();
  const auto refused = read_provenance(more);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::limit);
  EXPECT_EQ(refused.error().message, "not SLSA provenance: more than 10,000 materials");
}

}  // namespace
}  // namespace lock::trust::in_toto
