// The least that a controller in Go does to bring Instances of the peer's group to Ready: controller-runtime's cache and
// queue, and the patches that the operator sent for one Instance, one a pass. It has no hosts to act on, and plans nothing.
//
//	controller-peer KUBECONFIG PATCHES.json
package main

import (
	"context"
	"encoding/json"
	"os"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/clientcmd"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

const workers = 32

var kind = schema.GroupVersionKind{Group: "peer.hostler.dev", Version: "v1alpha1", Kind: "Instance"}

type patch struct {
	Metadata struct {
		Finalizers []string `json:"finalizers"`
	} `json:"metadata"`
	Status map[string]any `json:"status"`
}

type reconciler struct {
	client  client.Client
	patches []patch
}

func (r *reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	instance := instanceNamed("", "")
	if err := r.client.Get(ctx, request.NamespacedName, instance); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	done := stepsDone(instance)
	if done == len(r.patches) {
		return ctrl.Result{}, nil
	}
	return ctrl.Result{}, r.send(ctx, instance, r.patches[done])
}

// finalizer, intent, Ready
func stepsDone(instance *unstructured.Unstructured) int {
	if len(instance.GetFinalizers()) == 0 {
		return 0
	}
	if host, _, _ := unstructured.NestedString(instance.Object, "status", "hypervisorName"); host == "" {
		return 1
	}
	if phase, _, _ := unstructured.NestedString(instance.Object, "status", "phase"); phase != "Running" {
		return 2
	}
	return 3
}

func (r *reconciler) send(ctx context.Context, instance *unstructured.Unstructured, next patch) error {
	metadata := map[string]any{"uid": instance.GetUID(), "resourceVersion": instance.GetResourceVersion()}
	body := map[string]any{"metadata": metadata}
	if next.Metadata.Finalizers != nil {
		metadata["finalizers"] = next.Metadata.Finalizers
	}
	if next.Status != nil {
		body["status"] = next.Status
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	answer := instanceNamed(instance.GetNamespace(), instance.GetName())
	owner := client.FieldOwner("hostler/instances")
	if next.Status == nil {
		return r.client.Patch(ctx, answer, client.RawPatch(types.MergePatchType, raw), owner)
	}
	return r.client.Status().Patch(ctx, answer, client.RawPatch(types.MergePatchType, raw), owner)
}

func instanceNamed(namespace, name string) *unstructured.Unstructured {
	instance := &unstructured.Unstructured{}
	instance.SetGroupVersionKind(kind)
	instance.SetNamespace(namespace)
	instance.SetName(name)
	return instance
}

func run(kubeconfig, patchesFile string) error {
	ctrl.SetLogger(zap.New())
	text, err := os.ReadFile(patchesFile)
	if err != nil {
		return err
	}
	var patches []patch
	if err := json.Unmarshal(text, &patches); err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	config.QPS = -1 // unlimited, as the operator's
	manager, err := ctrl.NewManager(config, ctrl.Options{Metrics: server.Options{BindAddress: "0"}})
	if err != nil {
		return err
	}
	cached, err := client.New(config, client.Options{Cache: &client.CacheOptions{Reader: manager.GetCache(), Unstructured: true}})
	if err != nil {
		return err
	}
	options := controller.Options{MaxConcurrentReconciles: workers}
	err = ctrl.NewControllerManagedBy(manager).For(instanceNamed("", "")).WithOptions(options).Complete(&reconciler{cached, patches})
	if err != nil {
		return err
	}
	return manager.Start(ctrl.SetupSignalHandler())
}

func main() {
	if err := run(os.Args[1], os.Args[2]); err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
}
