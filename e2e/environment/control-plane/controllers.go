package main

import (
	"context"
	"flag"
	"os/signal"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/controller-manager/pkg/informerfactory"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/controller/garbagecollector"
	"k8s.io/kubernetes/pkg/controller/namespace"
	"k8s.io/kubernetes/pkg/controller/serviceaccount"
)

const (
	// Upstream looks for new resource types every 30 s: too long to wait for the deletion of what a new CRD describes.
	discoveryPeriod = 2 * time.Second
	// How long the garbage collector waits for its caches before it starts without those that do not fill.
	cacheSyncTimeout = 10 * time.Second
	namespaceResync  = 5 * time.Minute
)

// runControllers runs upstream's controllers without which a cluster is not one: namespaces are never deleted, owner
// references never followed, and no namespace has its default service account. Returns when it is told to stop.
func runControllers(args []string) error {
	flags := flag.NewFlagSet("mini-controllers", flag.ExitOnError)
	kubeconfig := flags.String("kubeconfig", "", "kubeconfig with the rights of cluster-admin")
	if err := flags.Parse(args); err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		return err
	}
	config.QPS, config.Burst = 500, 1000

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := startControllers(ctx, config); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

func startControllers(ctx context.Context, config *rest.Config) error {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	metadataClient, err := metadata.NewForConfig(config)
	if err != nil {
		return err
	}
	discoveryClient, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return err
	}
	objects := informers.NewSharedInformerFactory(client, 0)
	metadataOnly := metadatainformer.NewSharedInformerFactory(metadataClient, 0)

	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(client.Discovery()))
	started := make(chan struct{})
	collector, err := garbagecollector.NewGarbageCollector(ctx, client, metadataClient, mapper,
		garbagecollector.DefaultIgnoredResources(), informerfactory.NewInformerFactory(objects, metadataOnly), started)
	if err != nil {
		return err
	}
	namespaces := namespace.NewNamespaceController(ctx, client, metadataClient, discoveryClient.ServerPreferredNamespacedResources,
		objects.Core().V1().Namespaces(), namespaceResync, corev1.FinalizerKubernetes)
	accounts, err := serviceaccount.NewServiceAccountsController(klog.FromContext(ctx), objects.Core().V1().ServiceAccounts(),
		objects.Core().V1().Namespaces(), client, serviceaccount.DefaultServiceAccountsControllerOptions())
	if err != nil {
		return err
	}

	go namespaces.Run(ctx, 4)
	go accounts.Run(ctx, 1)
	go collector.Run(ctx, 4, cacheSyncTimeout)
	go collector.Sync(ctx, discoveryClient, discoveryPeriod)
	objects.Start(ctx.Done())
	metadataOnly.Start(ctx.Done())
	close(started)
	return nil
}
