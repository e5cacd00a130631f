{
	"patcher": {
		"fileversion": 1,
		"appversion": {
			"major": 8,
			"minor": 5,
			"revision": 0,
			"architecture": "x64",
			"modernui": 1
		},
		"classnamespace": "box",
		"rect": [
			60.0,
			90.0,
			62,
			62
		],
		"openinpresentation": 1,
		"default_fontsize": 12.0,
		"default_fontface": 0,
		"default_fontname": "Arial",
		"gridsize": [
			10.0,
			10.0
		],
		"bgcolor": [
			0.1216,
			0.1373,
			0.1608,
			1.0
		],
		"editing_bgcolor": [
			0.1216,
			0.1373,
			0.1608,
			1.0
		],
		"locked_bgcolor": [
			0.1216,
			0.1373,
			0.1608,
			1.0
		],
		"boxes": [
			{
				"box": {
					"id": "obj-1",
					"maxclass": "live.dial",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						30,
						70,
						58,
						60
					],
					"outlettype": [
						"",
						"float"
					],
					"fontname": "Arial",
					"fontsize": 10.0,
					"textcolor": [
						0.8941,
						0.9098,
						0.9333,
						1.0
					],
					"bordercolor": [
						0.2314,
						0.2627,
						0.3098,
						1.0
					],
					"focusbordercolor": [
						0.4157,
						0.6471,
						0.8902,
						1.0
					],
					"activedialcolor": [
						0.4157,
						0.6471,
						0.8902,
						1.0
					],
					"activeneedlecolor": [
						0.8941,
						0.9098,
						0.9333,
						1.0
					],
					"dialcolor": [
						0.4157,
						0.6471,
						0.8902,
						1.0
					],
					"needlecolor": [
						0.8941,
						0.9098,
						0.9333,
						1.0
					],
					"appearance": 0,
					"parameter_enable": 1,
					"saved_attribute_attributes": {
						"valueof": {
							"parameter_longname": "value",
							"parameter_shortname": "value",
							"parameter_invisible": 2,
							"parameter_unitstyle": 1,
							"parameter_type": 0,
							"parameter_mmin": 0,
							"parameter_mmax": 1
						}
					},
					"presentation": 1,
					"presentation_rect": [
						2,
						1,
						58,
						60
					]
				}
			},
			{
				"box": {
					"id": "obj-2",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						30,
						150,
						101.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param #1"
				}
			},
			{
				"box": {
					"id": "obj-3",
					"maxclass": "inlet",
					"numinlets": 0,
					"numoutlets": 1,
					"patching_rect": [
						30,
						30,
						30,
						30
					],
					"outlettype": [
						""
					],
					"comment": "a value, as by hand",
					"index": 0
				}
			},
			{
				"box": {
					"id": "obj-4",
					"maxclass": "outlet",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						120,
						200,
						30,
						30
					],
					"comment": "the value",
					"index": 0
				}
			},
			{
				"box": {
					"id": "obj-5",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 1,
					"patching_rect": [
						240,
						70,
						210.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "loadmess _parameter_shortname #2"
				}
			},
			{
				"box": {
					"id": "obj-6",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 1,
					"patching_rect": [
						240,
						100,
						201.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "loadmess _parameter_range #3 #4"
				}
			}
		],
		"lines": [
			{
				"patchline": {
					"source": [
						"obj-1",
						0
					],
					"destination": [
						"obj-2",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-2",
						0
					],
					"destination": [
						"obj-1",
						0
					],
					"midpoints": [
						39.5,
						180,
						18,
						180,
						18,
						62,
						39.5,
						62
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-3",
						0
					],
					"destination": [
						"obj-1",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-2",
						1
					],
					"destination": [
						"obj-4",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-5",
						0
					],
					"destination": [
						"obj-1",
						0
					],
					"midpoints": [
						249.5,
						100,
						18,
						100,
						18,
						62,
						39.5,
						62
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-6",
						0
					],
					"destination": [
						"obj-1",
						0
					],
					"midpoints": [
						249.5,
						130,
						18,
						130,
						18,
						62,
						39.5,
						62
					]
				}
			}
		]
	}
}
