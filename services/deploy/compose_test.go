package deploy_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"

	"github.com/pricewire/pricewire/services/deploy"
)

const composeFile = "../../deployments/compose/compose.yaml"

// load reads a file as `docker compose config` does: schema, variables, extensions, references between services, networks, volumes and secrets.
func load(ctx context.Context, file string, env ...string) (*types.Project, error) {
	options, err := cli.NewProjectOptions([]string{file}, cli.WithEnv(env), cli.WithProfiles([]string{"*"}), cli.WithResolvedPaths(true))
	if err != nil {
		return nil, err
	}
	return options.LoadProject(ctx)
}

// problems says what is wrong with a project that Compose itself would take.
func problems(p *types.Project) []string {
	var all []string
	for _, name := range p.ServiceNames() {
		s := p.Services[name]
		for _, problem := range slices.Concat(serviceProblems(&s), exposure(&s)) {
			all = append(all, name+": "+problem)
		}
	}
	for name, secret := range p.Secrets {
		if filepath.Base(filepath.Dir(secret.File)) != "secrets" {
			all = append(all, "secret "+name+" is not in the folder of secrets")
		}
	}
	return all
}

// pinned is an image with a whole version, or with a digest where its tags name none.
var pinned = regexp.MustCompile(`^[a-z0-9./-]+:(v?\d+\.\d+\.\d+(\.\d+)?(-alpine|-bookworm)?(@sha256:[0-9a-f]{64})?|[a-z0-9.-]+@sha256:[0-9a-f]{64})$`)

func serviceProblems(s *types.ServiceConfig) []string {
	var all []string
	require := func(holds bool, format string, args ...any) {
		if !holds {
			all = append(all, fmt.Sprintf(format, args...))
		}
	}
	require(pinned.MatchString(s.Image) || s.Build != nil && strings.HasPrefix(s.Image, "pricewire/"), "image %s is not pinned", s.Image)
	if s.Build != nil {
		for arg, value := range s.Build.Args {
			require(!strings.HasSuffix(arg, "_IMAGE") || value != nil && pinned.MatchString(*value), "build argument %s is not pinned", arg)
		}
	}
	require(s.ReadOnly, "its root can be written")
	require(slices.Equal(s.CapDrop, []string{"ALL"}), "it keeps capabilities")
	require(len(s.CapAdd) == 0 || s.Name == "secrets" || s.Name == "proxy", "it is given capabilities")
	require(slices.Contains(s.SecurityOpt, "no-new-privileges:true"), "it may gain privileges")
	require(!s.Privileged, "it is privileged")
	require(s.User != "" && (!strings.HasPrefix(s.User, "0") && s.User != "root" || s.Name == "secrets"), "it runs as %q", s.User)
	require(s.Logging != nil && s.Logging.Options["max-size"] != "" && s.Logging.Options["max-file"] != "", "its log grows without end")
	limits := s.Deploy != nil && s.Deploy.Resources.Limits != nil
	require(limits && s.Deploy.Resources.Limits.MemoryBytes > 0 && s.Deploy.Resources.Limits.NanoCPUs > 0 && s.Deploy.Resources.Limits.Pids > 0, "it has no limits")
	if s.Name != "secrets" {
		require(s.HealthCheck != nil && len(s.HealthCheck.Test) > 1, "nobody asks how it is")
		require(s.Restart == "unless-stopped", "it stays down after a failure")
		require(s.StopGracePeriod != nil, "it has no time to stop")
	}
	for key, value := range s.Environment {
		secret := strings.Contains(key, "PASSWORD") || strings.Contains(key, "SECRET")
		require(!secret || strings.HasSuffix(key, "_FILE"), "%s is a secret in the environment", key)
		require(value == nil || !strings.Contains(*value, "@"), "%s holds a password", key)
		if strings.HasSuffix(key, "_FILE") && value != nil {
			require(slices.ContainsFunc(s.Secrets, func(c types.ServiceSecretConfig) bool { return *value == "/run/secrets/"+c.Source }), "%s names a secret that it is not given", key)
		}
	}
	for _, v := range s.Volumes {
		require(v.Type != types.VolumeTypeBind || v.ReadOnly || s.Name == "secrets", "it writes %s of the machine", v.Source)
		require(!strings.Contains(v.Source, "docker.sock"), "it commands the machine")
	}
	return all
}

// exposure says what of a service can be reached that should not be.
func exposure(s *types.ServiceConfig) []string {
	var all []string
	for _, p := range s.Ports {
		if p.HostIP != "127.0.0.1" {
			all = append(all, fmt.Sprintf("port %d is published on %q", p.Target, p.HostIP))
		}
	}
	if s.NetworkMode == "host" {
		all = append(all, "it is in the machine's network")
	}
	if s.Name == "api" && (s.NetworkMode != "service:proxy" || !strings.HasPrefix(*s.Environment["PRICEWIRE_HTTP"], "127.0.0.1:")) {
		all = append(all, "it can be reached around the proxy")
	}
	if _, out := s.Networks["outside"]; out && s.Name != "ingester" && s.Name != "notifier" {
		all = append(all, "it reaches out")
	}
	return all
}

func TestComposeTakesTheFileAndNothingInItIsLoose(t *testing.T) {
	project, err := load(t.Context(), composeFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range problems(project) {
		t.Error(problem)
	}
	want := []string{"api", "clickhouse", "feeder", "ingester", "materializer", "nats", "notifier", "prometheus", "proxy", "scheduler", "secrets"}
	if got := project.ServiceNames(); !slices.Equal(slices.Sorted(slices.Values(got)), want) {
		t.Errorf("services %v, want %v", got, want)
	}
	for _, name := range []string{"ingester", "materializer", "feeder", "api", "notifier"} { // nats.conf lets nobody else declare the stream of releases
		if project.Services[name].DependsOn["scheduler"].Condition != types.ServiceConditionHealthy {
			t.Errorf("%s does not wait for the scheduler", name)
		}
	}
	for _, name := range []string{"ingester", "materializer"} {
		if problem := unasked(project, name); problem != "" {
			t.Error(problem)
		}
	}
	if !project.Networks["back"].Internal || project.Networks["edge"].DriverOpts["com.docker.network.bridge.enable_ip_masquerade"] != "false" {
		t.Error("the servers reach out")
	}
}

// unasked says why the API cannot ask a service, nothing when it can: it must know where the service listens, and both must be given one secret.
func unasked(p *types.Project, name string) string {
	variable := "PRICEWIRE_" + strings.ToUpper(name)
	api, service := p.Services["api"].Environment, p.Services[name].Environment
	for _, value := range []*string{api[variable], service["PRICEWIRE_LISTEN"], api[variable+"_SECRET_FILE"], service[variable+"_SECRET_FILE"]} {
		if value == nil {
			return "the API was not told of the " + name
		}
	}
	_, port, _ := net.SplitHostPort(*service["PRICEWIRE_LISTEN"])
	if want := "http://" + name + ":" + port; *api[variable] != want {
		return fmt.Sprintf("the API asks the %s at %s, and it listens at %s", name, *api[variable], want)
	}
	if *api[variable+"_SECRET_FILE"] != *service[variable+"_SECRET_FILE"] {
		return "the API and the " + name + " have different secrets"
	}
	return ""
}

func TestAServiceThatTheAPICannotAskIsNoticed(t *testing.T) {
	good, err := os.ReadFile(composeFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{
		{"PRICEWIRE_MATERIALIZER: http://materializer:8083", "PRICEWIRE_MATERIALIZER: http://materializer:8082"},
		{"      PRICEWIRE_MATERIALIZER: http://materializer:8083\n", ""},
		{"PRICEWIRE_MATERIALIZER_SECRET_FILE: /run/secrets/materializer.secret", "PRICEWIRE_MATERIALIZER_SECRET_FILE: /run/secrets/nats-materializer.password"},
	} {
		file := filepath.Join(t.TempDir(), "compose.yaml")
		if err := os.WriteFile(file, []byte(strings.Replace(string(good), change[0], change[1], 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		project, err := load(t.Context(), file)
		if err != nil || unasked(project, "materializer") == "" {
			t.Errorf("%q: nobody noticed: %v", change[1], err)
		}
	}
}

// TestBrokenFilesAreRefused breaks the file in one place each: a check that passes whatever the file says proves nothing.
func TestBrokenFilesAreRefused(t *testing.T) {
	good, err := os.ReadFile(composeFile)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"not YAML":                          {"services:\n", "services: [\n"},
		"an unknown key":                    {"    image: pricewire/nats:2.15.2\n", "    image: pricewire/nats:2.15.2\n    immage: x\n"},
		"a value of another type":           {"internal: true", "internal: maybe"},
		"a service that is not there":       {"      scheduler: {condition: service_healthy}", "      planner: {condition: service_healthy}"},
		"a network that is not there":       {"networks: [back, outside]", "networks: [back, nowhere]"},
		"a volume that is not there":        {"nats-data:/var/lib/nats", "nats-date:/var/lib/nats"},
		"a secret that is not there":        {"secrets: [nats-scheduler.password]", "secrets: [nats-schedule.password]"},
		"a condition that does not exist":   {"{condition: service_started, restart: true}", "{condition: service_hoped, restart: true}"},
		"a variable that does not end":      {"${NATS_PORT:-4222}", "${NATS_PORT:-4222"},
		"a duration that is none":           {"stop_grace_period: 2m", "stop_grace_period: soon"},
		"a port that is none":               {"}:9000\"]", "}:ninety\"]"},
		"a size that is none":               {"memory: 6g", "memory: much"},
		"a circle of services":              {"  nats:\n    <<: *hardened\n", "  nats:\n    <<: *hardened\n    depends_on: [api]\n"},
		"an image that floats":              {"prom/prometheus:v3.15.0", "prom/prometheus:latest"},
		"a base that floats":                {"static-debian13:nonroot@sha256:f7f8f729987ad0fdf6b05eeeae94b26e6a0f613bdf46feea7fc40f7bd72953e6", "static-debian13:nonroot"},
		"a compiler that floats":            {"golang:1.26.8-bookworm", "golang:1.26-bookworm"},
		"an image without a patch":          {"26.7.13.12-alpine", "26.7"},
		"a port for everybody":              {"127.0.0.1:${NATS_PORT:-4222}:4222", "${NATS_PORT:-4222}:4222"},
		"an API for everybody":              {"PRICEWIRE_HTTP: 127.0.0.1:8080", "PRICEWIRE_HTTP: 0.0.0.0:8080"},
		"an API beside the proxy":           {"network_mode: service:proxy", "networks: [back]"},
		"a root that can be written":        {"read_only: true\n  cap_drop", "read_only: false\n  cap_drop"},
		"capabilities":                      {"cap_drop: [ALL]", "cap_drop: [MKNOD]"},
		"privileges to gain":                {"no-new-privileges:true", "no-new-privileges:false"},
		"root":                              {"user: \"101:101\"", "user: \"0:0\""},
		"a log without end":                 {"max-size: 10m, ", ""},
		"no limit of memory":                {"{cpus: \"4\", memory: 6g, pids: 4096}", "{cpus: \"4\", pids: 4096}"},
		"a password in the environment":     {"PRICEWIRE_NATS_USER: api", "PRICEWIRE_NATS_PASSWORD: hush"},
		"a password in a URL":               {"PRICEWIRE_NATS: nats://nats:4222", "PRICEWIRE_NATS: nats://a:b@nats:4222"},
		"a secret that is not given":        {"secrets: [nats-api.password, clickhouse-reader.password, ingester.secret, materializer.secret]", "secrets: [nats-api.password, clickhouse-reader.password, ingester.secret]"},
		"a file of secrets somewhere":       {"{file: ./secrets/ingester.secret}", "{file: ./ingester.secret}"},
		"a service that nobody asks":        {"    healthcheck:\n      <<: *check\n      test: [\"CMD\", \"/usr/local/bin/probe\", \"http://127.0.0.1:8081/readyz\"]\n", ""},
		"configuration that can be written": {"./Caddyfile:/etc/caddy/Caddyfile:ro", "./Caddyfile:/etc/caddy/Caddyfile"},
		"an API that reaches out":           {"  proxy:\n    <<: *hardened\n    image: ${PROXY_IMAGE:-caddy:2.11.7-alpine}", "  proxy:\n    <<: *hardened\n    network_mode: host\n    image: ${PROXY_IMAGE:-caddy:2.11.7-alpine}"},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(string(good), change[0]) {
				t.Fatalf("the file does not say %q any more", change[0])
			}
			file := filepath.Join(t.TempDir(), "compose.yaml")
			if err := os.WriteFile(file, []byte(strings.Replace(string(good), change[0], change[1], 1)), 0o600); err != nil {
				t.Fatal(err)
			}
			project, err := load(t.Context(), file)
			if err == nil && len(problems(project)) == 0 {
				t.Error("nobody noticed")
			}
		})
	}
}

func TestTheExampleOfTheEnvironmentIsTakenAndNamesEveryVariable(t *testing.T) {
	example, err := os.ReadFile("../../deployments/compose/.env.example")
	if err != nil {
		t.Fatal(err)
	}
	var env []string
	named := map[string]bool{}
	for line := range strings.SplitSeq(string(example), "\n") {
		name, value, assigned := strings.Cut(strings.TrimPrefix(line, "#"), "=")
		if !assigned || strings.ContainsAny(name, " :") {
			continue
		}
		named[name] = true
		env = append(env, name+"="+strings.Replace(value, "…", strings.Repeat("0", 64), 1))
	}
	project, err := load(t.Context(), composeFile, env...)
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range problems(project) {
		t.Error(problem)
	}
	file, err := os.ReadFile(composeFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`\$\{(\w+)`).FindAllStringSubmatch(string(file), -1) {
		if !named[m[1]] {
			t.Errorf("%s is not in .env.example", m[1])
		}
	}
}

// TestSecretsAreMadeForWhoReadsThem makes them and compares with what the containers are given and run as.
func TestSecretsAreMadeForWhoReadsThem(t *testing.T) {
	dir := t.TempDir()
	owners := map[string]string{}
	secrets := deploy.Secrets{Dir: dir, Give: func(path string, uid int) error {
		owners[filepath.Base(path)] = fmt.Sprintf("%d:%d", uid, uid)
		return nil
	}}
	if err := secrets.Make([]string{"alice", "bob"}); err != nil {
		t.Fatal(err)
	}
	project, err := load(t.Context(), composeFile)
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range project.Services {
		for _, given := range s.Secrets {
			file := filepath.Base(project.Secrets[given.Source].File)
			if owners[file] != s.User {
				t.Errorf("%s runs as %s and is given %s, which belongs to %q", name, s.User, file, owners[file])
			}
		}
	}
	before := map[string]string{}
	for file := range owners {
		info, err := os.Stat(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %o", file, info.Mode().Perm())
		}
		text, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		before[file] = string(text)
	}
	if err := secrets.Make([]string{"carol"}); err != nil {
		t.Fatal(err)
	}
	for file, text := range before {
		again, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		if (strings.HasSuffix(file, ".password") || strings.HasSuffix(file, ".secret")) && string(again) != text {
			t.Errorf("%s is another after the secrets were made again", file)
		}
	}
	people, err := os.ReadFile(filepath.Join(dir, "proxy-users.caddy"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"alice", "bob", "carol"} {
		if !strings.Contains(string(people), "\n"+name+" $2a$10$") {
			t.Errorf("%s has no password", name)
		}
	}
	if err := secrets.Make([]string{"Robert'); --"}); err == nil {
		t.Error("anything is a name")
	}
}

// TestTheServersAreTheVersionsThatTestsRunOn keeps images and modules together.
func TestTheServersAreTheVersionsThatTestsRunOn(t *testing.T) {
	project, err := load(t.Context(), composeFile)
	if err != nil {
		t.Fatal(err)
	}
	module, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	version := regexp.MustCompile(`nats-server/v2 v([\d.]+)`).FindStringSubmatch(string(module))
	image := *project.Services["nats"].Build.Args["NATS_IMAGE"]
	if version == nil || image != "nats:"+version[1]+"-alpine" || project.Services["nats"].Image != "pricewire/nats:"+version[1] {
		t.Errorf("NATS is %s, tests run on %v", image, version)
	}
	library, err := os.ReadFile("../../pkg/embedded/clickhouse/engine/package.json")
	if err != nil {
		t.Fatal(err)
	}
	engine := regexp.MustCompile(`chdb/lib-[^"]+": *"(\d+\.\d+)\.`).FindStringSubmatch(string(library))
	if engine == nil || !strings.HasPrefix(project.Services["clickhouse"].Image, "clickhouse/clickhouse-server:"+engine[1]+".") {
		t.Errorf("ClickHouse is %s, tests run on %v", project.Services["clickhouse"].Image, engine)
	}
	dockerfile, err := os.ReadFile("../../deployments/compose/Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(dockerfile), "COPY --from=web /src/dist/app services/api/web/dist/app\n") {
		t.Error("the images have no browser application")
	}
	targets := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^FROM .* AS (\w+)$`).FindAllStringSubmatch(string(dockerfile), -1) {
		targets[m[1]] = true
	}
	for name, s := range project.Services {
		if s.Build == nil {
			continue
		}
		if !targets[s.Build.Target] {
			t.Errorf("%s is built as %s, which the Dockerfile does not have", name, s.Build.Target)
		}
		for arg, value := range s.Build.Args {
			if arg != "VERSION" && !strings.Contains(string(dockerfile), "ARG "+arg+"="+*value+"\n") {
				t.Errorf("%s is %s in compose.yaml and something else in the Dockerfile", arg, *value)
			}
		}
	}
}
