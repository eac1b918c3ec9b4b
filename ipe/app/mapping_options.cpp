#include "ipe/app/device_options.h"
#include "ipe/app/mapping_command.h"

#include <CLI/CLI.hpp>

namespace isthmus::app {
namespace {

using Run = int (*)(const MappingArguments&);

class MappingOptions {
 public:
  MappingOptions(CLI::App& mapping, MappingArguments& arguments, int& status)
      : mapping_(mapping), a_(arguments), status_(status) {}

  CLI::App& verb(const char* name, const char* help, Run run) {
    CLI::App* command = mapping_.add_subcommand(name, help);
    addConfigOptions(*command, a_.config);
    command
        ->add_option_function<std::string>(
            "-o,--output", [&a = a_](const std::string& form) { a.json = form == "json"; }, "table or json")
        ->check(CLI::IsMember({"table", "json"}));
    command->callback([&a = a_, &status = status_, run] { status = run(a); });
    return *command;
  }
  CLI::Option* words(CLI::App& command, const char* name, const char* help) {
    return command.add_option(name, a_.words, help);
  }
  void url(CLI::App& command) { command.add_option("--url", a_.url, "where the instance is: http://127.0.0.1:8480"); }
  void objects(CLI::App& command) {
    command.add_option("--objects", a_.objects, "files or folders with object definitions (OMNA XML)")
        ->allow_extra_args(false);
  }

  void addChecks() {
    CLI::App& lint =
        verb("lint", "check rule files: what cannot be read, and what does not do what it seems to", mappingLint);
    words(lint, "files", "rule files, folders of them, or shipped sets by name")->required();
    objects(lint);
    CLI::App& test = verb("test", "run the tests beside rule files", mappingTest);
    words(test, "tests", "folders, or NAME.test.json files")->required();
    objects(test);
  }

  void addDryRun() {
    CLI::App& command = verb("dry-run", "show what becomes of a reading, or of a capture", mappingDryRun);
    words(command, "files", "rule files; without any, the set in force");
    command.add_option("--endpoint", a_.endpoint, "endpoint name");
    CLI::Option* path = command.add_option("--path", a_.path, "/3303/0/5700");
    CLI::Option* value = command.add_option("--value", a_.value, "as the device reports it: 21.5")->needs(path);
    path->needs(value);
    command.add_option("--type", a_.type, "float, integer ... where no object definition says it");
    command.add_option("--time", a_.time, "2026-01-31T12:00:00Z");
    command.add_option("--manufacturer", a_.manufacturer, "of the device");
    command.add_option("--model", a_.model, "of the device");
    command.add_option("--label", a_.labels, "of the device; may be repeated")->allow_extra_args(false);
    command.add_option("--capture", a_.capture, "file of readings, one JSON object a line; -: standard input")
        ->excludes(path);
    command.add_option("--against", a_.against, "show differences to: a set's number, 'current', or rule files")
        ->allow_extra_args(false);
    url(command);
    objects(command);
  }

  void addSets() {
    url(verb("ls", "list the rule sets that were applied; the first is in force", mappingList));
    CLI::App& apply = verb("apply", "put rule files in force, as the next set", mappingApply);
    words(apply, "files", "rule files, folders of them, or shipped sets by name")->required();
    apply.add_flag("--add", a_.add, "beside the rules in force, in the place of those of the same names");
    url(apply);
    CLI::App& diff = verb("diff", "what is otherwise in one set than in another", mappingDiff);
    words(diff, "sets", "a number and a number or rule files; one alone is compared with the set in force")->required();
    url(diff);
    CLI::App& back = verb("rollback", "put an older set in force again, as the next one", mappingRollBack);
    back.add_option("number", a_.to, "which; without it the newest that is not in force");
    url(back);
    CLI::App& text = verb("export", "print a set as a rule file; the same set gives the same text", mappingExport);
    text.add_option("number", a_.to, "which; without it the one in force");
    url(text);
  }

  void addDevices() {
    CLI::App& coverage = verb("coverage", "what of a device is mapped, observed, and never seen", mappingCoverage);
    coverage.add_option("endpoint", a_.endpoint, "endpoint name")->required();
    url(coverage);
    objects(coverage);
    CLI::App& draft = verb("draft", "ready-to-edit rules for what a device has", mappingDraft);
    draft.add_option("endpoint", a_.endpoint, "endpoint name");
    draft.add_option("--links", a_.links, "no instance is asked: links as in a registration, a file of them, or -");
    draft.add_option("--lwm2m", a_.lwm2mVersion, "version that the device speaks, with --links: 1.1");
    draft.add_flag("--all", a_.all, "also what rules in force name");
    draft.add_flag("--this-device", a_.thisDevice, "rules that match this endpoint only");
    url(draft);
    objects(draft);
  }

 private:
  CLI::App& mapping_;
  MappingArguments& a_;
  int& status_;
};

}  // namespace

void addMappingCommands(CLI::App& app, MappingArguments& arguments, int& status) {
  CLI::App* mapping = app.add_subcommand("mapping", "work on mapping rules");
  mapping->require_subcommand(1);
  MappingOptions options(*mapping, arguments, status);
  options.addChecks();
  options.addDryRun();
  options.addSets();
  options.addDevices();
}

}  // namespace isthmus::app
